"""The actions that an environment takes: which are available, and the error for others."""

from gymnasium.spaces import MultiBinary


class ActionError(ValueError):
    """The actions of an agent are not what the environment takes; the message says what they must be."""


class ActionMask(MultiBinary):
    """The observation that says which of k actions are available, 1 or 0 for each [k], as a mask of `Discrete(k)`.

    At least one is. The type distinguishes it from other observations of k zeros and ones.
    """
