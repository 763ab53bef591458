"""Agents of stable-baselines3 and sb3-contrib, with networks of this project."""
