"""Signals and alerts, from the first look to the verified correction."""
