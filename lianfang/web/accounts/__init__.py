"""Who signs in, in which roles, and for how long."""
