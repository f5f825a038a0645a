"""The desk, the dashboard and bulletins."""
