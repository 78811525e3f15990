"""The schema's history; each version leads from the one before to the next."""
