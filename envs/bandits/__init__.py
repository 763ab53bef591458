"""Bandits: a step pulls an arm, and nothing else happens."""
