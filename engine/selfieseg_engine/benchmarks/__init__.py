"""Measurements of the product against itself and others; one file per question."""
