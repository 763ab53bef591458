"""Recorded steps of episodes, in the format of Farama's Minari."""
