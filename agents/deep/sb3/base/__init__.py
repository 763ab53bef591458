"""Parts that the agents of stable-baselines3 share."""
