"""Pages of signals and alerts, split by subject."""
