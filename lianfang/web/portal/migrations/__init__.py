"""How the tables of the portal came about."""
