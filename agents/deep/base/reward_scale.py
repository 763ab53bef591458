"""Rewards in units of the size of returns."""

import numpy as np

from rlnotes.agents.deep.base.saved_state import Stateful


class RewardScale(Stateful):
    """Divide the rewards of each run by the root mean square of its discounted sums of rewards so far.

    G ← γ G + R,    R / √(mean of G² + 10⁻⁸)

    G begins at 0 with every episode. So values have about the size 1, whatever the units of the rewards are. The
    standard deviation, which others use, would make the first rewards of a run huge.
    Source: Engstrom et al., Implementation matters in deep policy gradients (2020), for the standard deviation.
    """

    state_names = ("count", "gain", "squares")

    def __init__(self, runs: int, discount: float) -> None:
        self.discount, self.count = discount, 0
        self.gain, self.squares = np.zeros((2, runs))

    def __call__(self, reward: np.ndarray, ended: np.ndarray) -> np.ndarray:
        """The scaled rewards [runs] of a step that `ended` the episodes of some runs."""
        self.gain = self.discount * self.gain + reward
        self.count += 1
        self.squares = self.squares + self.gain**2
        self.gain = np.where(ended, 0.0, self.gain)
        return reward / self.size

    @property
    def size(self) -> np.ndarray:
        """The root mean square so far [runs]."""
        return np.sqrt(self.squares / self.count + 1e-8)
