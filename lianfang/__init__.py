"""LianFang 廉防: integrity-risk early warning, prevention and control."""

__version__ = "0.1.0"
