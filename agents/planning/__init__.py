"""Planners, which are told the model of a finite MDP [notes 2.5]."""
