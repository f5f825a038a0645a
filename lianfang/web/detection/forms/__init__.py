"""Forms of detection, split by subject."""
