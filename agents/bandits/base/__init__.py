"""Shared by bandit agents: pulls and mean rewards, argmax with random ties, random draws of arms."""
