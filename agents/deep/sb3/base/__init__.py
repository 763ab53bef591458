"""The base of agents with models of stable-baselines3, one model per run."""
