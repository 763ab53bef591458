"""Agents that are stable-baselines3's, a model a run, with this project's networks."""
