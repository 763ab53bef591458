"""Imitation: agents with networks that learn from recorded steps of others."""
