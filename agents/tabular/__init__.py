"""Learners of finite MDPs, by tables [notes 2.6]."""
