"""The registers of prevention work."""
