"""Agents that learn finite MDPs with tables [notes 2.6]."""
