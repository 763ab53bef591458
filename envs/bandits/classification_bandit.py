"""A contextual bandit made from labelled examples."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from gymnasium.spaces import Box
from gymnasium.vector.utils import batch_space

from rlnotes.base.errors import SettingError, install_hint
from rlnotes.base.memory_check import require_memory
from rlnotes.envs.bandits.base.bandit import Bandit
from rlnotes.envs.base.rewards import Rewards

EXAMPLES = ("iris", "wine", "breast_cancer", "digits")


@cache
def examples(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Features z [examples, size], from 0 to 1, and the classes [examples] of scikit-learn's data of that name."""
    try:
        from sklearn import datasets
    except ModuleNotFoundError:
        raise SettingError("examples", name, f"needs scikit-learn: {install_hint('studies')}") from None
    z, classes = getattr(datasets, f"load_{name}")(return_X_y=True)
    low, width = z.min(axis=0), np.ptp(z, axis=0)
    return np.divide(z - low, width, out=np.zeros_like(z), where=width > 0), classes


@dataclass(eq=False, kw_only=True)
class ClassificationBandit(Bandit):
    """Arms are classes: the class of the example pays 1, and any other class 0.

    k arms are the first k classes.

    An example with the features z, a 1 among them, is drawn in every step. The contexts of the arms are
    x_a = (0, …, z, …, 0), with z in the a-th of k parts [arms, arms · size]. So ⟨θ, x_a⟩ = ⟨θ_a, z⟩, and each arm has
    parameters of its own. Agents for other bandits ignore the contexts. The value of every policy is known.
    Source: Beygelzimer & Langford, The offset tree for learning with partial labels, KDD 2009; Dudík, Langford & Li,
    ICML 2011. The data: scikit-learn.
    """

    examples: str = "digits"
    """iris, wine, breast_cancer or digits, with 3, 3, 2 and 10 classes"""

    regret_against = "the class of each example"
    rewards = Rewards(low=0.0, high=1.0, binary=True)

    def complete_settings(self) -> None:
        self.require_choice("examples", EXAMPLES)
        z, classes = examples(self.examples)
        count = int(classes.max()) + 1
        self.arms = count if self.arms is None else self.arms
        self.require("arms", self.arms <= count, f"must be at most {count}, the number of classes, or null")
        self.z = np.concatenate([z, np.ones((len(z), 1))], axis=1)[classes < self.arms]
        self.classes = classes[classes < self.arms]
        super().complete_settings()

    def check_memory(self, runs: int) -> None:
        super().check_memory(runs)
        assert self.arms is not None
        require_memory("examples", self.examples, 16 * runs * self.arms**2 * self.z.shape[1])

    def __post_init__(self, num_envs: int) -> None:
        super().__post_init__(num_envs)
        self.single_observation_space = Box(0.0, 1.0, (self.k, self.k * self.z.shape[1]), np.float64)
        self.observation_space = batch_space(self.single_observation_space, num_envs)

    def contexts(self, z: np.ndarray) -> np.ndarray:
        """x_a [number, arms, arms · size] of features [number, size]."""
        x = np.zeros((len(z), self.k, self.k, z.shape[1]))
        x[:, range(self.k), range(self.k)] = z[:, None]
        return x.reshape(len(z), self.k, -1)

    def begin(self) -> dict[str, Any]:
        self.advance()
        return {}

    def advance(self) -> None:
        """Draw the example of the next step."""
        drawn = self.stream.integers(len(self.z), self.num_envs)
        self.now, self.observation = self.classes[drawn], self.contexts(self.z[drawn])

    def arm_values(self) -> tuple[np.ndarray, np.ndarray]:
        return np.eye(self.k)[self.now], np.ones(self.num_envs)

    def draw_rewards(self, value: np.ndarray, actions: np.ndarray) -> np.ndarray:
        return value

    def policy_value(self, policy: Callable[[np.ndarray], np.ndarray]) -> float:
        """The share of examples in which π plays their class, (1/n) Σ_i π(y_i | x_i)."""
        every = np.arange(len(self.z))
        return float(policy(self.contexts(self.z))[every, self.classes].mean())
