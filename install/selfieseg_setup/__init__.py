"""Set-up logic that needs only the standard library."""
