"""Agents for stochastic bandits [notes 1]."""
