"""Recordings: reads, draws and writes video files, with everything else in them kept. Home of PyAV."""
