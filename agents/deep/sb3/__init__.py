"""Agents of stable-baselines3 and sb3-contrib, one model per run, with the networks of this project."""
