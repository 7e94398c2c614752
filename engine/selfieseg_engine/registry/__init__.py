"""Which models exist, and how their weights get onto this machine. No OpenVINO here."""
