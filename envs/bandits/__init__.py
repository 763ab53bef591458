"""Bandits, whose arms pay and nothing else happens."""
