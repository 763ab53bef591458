"""Planners: agents that know the model of a finite MDP [notes 2.5]."""
