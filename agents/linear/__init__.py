"""Agents whose values are linear in features of the observation."""
