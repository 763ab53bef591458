"""How many runs agree on the greedy action of a state."""

import numpy as np


def greedy_counts(greedy: np.ndarray, actions: int) -> np.ndarray:
    """Number of runs whose greedy policy takes each action [1, states · actions]; `greedy` [runs, states]."""
    return np.stack([(greedy == action).sum(axis=0) for action in range(actions)], axis=1).reshape(1, -1)
