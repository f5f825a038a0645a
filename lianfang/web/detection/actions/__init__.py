"""Writes of detection, split by subject."""
