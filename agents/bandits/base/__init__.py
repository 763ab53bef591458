"""The base of bandit agents: mean rewards, argmax with random ties, draws of arms."""
