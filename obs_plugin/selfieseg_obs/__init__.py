"""The Python half of the OBS filter."""
