"""How the tables of detection came to be as they are."""
