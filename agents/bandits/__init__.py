"""Agents for bandits [notes 1]."""
