"""The seam to OpenVINO: nothing outside this folder imports it."""
