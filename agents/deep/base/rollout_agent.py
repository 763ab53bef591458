"""Agents that learn from rollouts of their own policy: the latest steps of every run."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.deep.base.network_agent import NetworkAgent
from rlnotes.base.errors import SettingError


@dataclass
class RolloutAgent(NetworkAgent):
    """An agent with networks for π(a|s) and V(s), which learn after every rollout.

    The loss is −(objective + `entropy` H(π)) + ½ (V − target)², averaged over the steps.
    """

    rollout: int = 128
    """steps of every run between two improvements"""

    entropy: float = 0.0
    """weight of the policy's entropy in the objective, 0 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("rollout", 1)
        self.require("entropy", 0 <= self.entropy < np.inf, "must be 0 or more")
        if self.network.normalisation == "batch":
            requirement = "would make the policy that learns differ from the policy that played; must be none or layer"
            raise SettingError("network.normalisation", "batch", requirement)

    @property
    def steps_at_once(self) -> int:
        return self.rollout

    @property
    def first_learning(self) -> int:
        return self.rollout


@dataclass
class AdvantageAgent(RolloutAgent):
    """An agent that weights each action by its advantage Â_t = Σ_i (γλ)^i δ_{t+i}."""

    decay: float = 0.95
    """λ of the advantages, from 0 to 1"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_probability("decay")


@dataclass
class ProximalAgent(AdvantageAgent):
    """An agent that learns several times from the steps of a rollout, by minibatches."""

    epochs: int = 10
    """passes over the steps of a rollout"""

    minibatch: int = 64
    """steps per run in a minibatch, 2 or more, a divisor of `rollout`"""

    clip: int | float | str = 0.2
    """ε, above 0: ρ gains nothing beyond 1 ± ε; it may change: linear:FIRST:LAST:STEPS, exponential:…"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("epochs", 1)
        self.require_whole("minibatch", 2)
        self.require("minibatch", self.rollout % self.minibatch == 0, f"must divide the rollout, {self.rollout}")
        self.schedule("clip", positive=True)
