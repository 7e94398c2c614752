"""Selfie segmentation engine."""
