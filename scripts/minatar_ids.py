"""Registers the ids of MinAtar with Gymnasium, which the package does only when it is asked to."""

from minatar.gym import register_envs

register_envs()
