"""How the tables of the registers came about."""
