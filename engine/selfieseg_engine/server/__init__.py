"""The engine as a process: one socket, many sessions. ``engine`` runs it, the rest are its parts."""
