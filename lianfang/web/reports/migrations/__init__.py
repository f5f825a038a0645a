"""How the tables of the reports came about."""
