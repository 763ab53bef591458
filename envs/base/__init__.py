"""The base of all environments."""
