"""Pages of detection, split by subject."""
