"""Real-time dynamic programming, and expected updates of all pairs in turn."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Problem, ProblemError, Transition
from rlnotes.agents.tabular.base.control_agent import ControlAgent
from rlnotes.base.kernels import (
    ConstFloatMatrix,
    ConstFloatVector,
    ConstIntVector,
    ConstUint32Vector,
    ConstUintVector,
    FloatCube,
    kernel,
)

DISTRIBUTIONS = ("on_policy", "uniform")


@kernel()
def learn(
    offsets: ConstUintVector,
    successor: ConstUint32Vector,
    probability: ConstFloatVector,
    reward: ConstFloatMatrix,
    discount: float,
    q: FloatCube,
    state: ConstIntVector,
    action: ConstIntVector,
) -> None:
    """Back up one pair of every run; the first arguments are the `operator` of the model."""
    states, actions = reward.shape
    for run in range(len(state)):
        s, a = np.uint64(state[run]), np.uint64(action[run])
        row, total = s * np.uint64(actions) + a, 0.0
        for entry in range(offsets[row], offsets[row + np.uint64(1)]):
            following, best = np.uint64(successor[entry]), -np.inf
            if following == states:  # the absorbing state, worth 0
                continue
            for b in range(actions):
                value = q[run, following, b]
                best = value if value > best else best
            total += probability[entry] * best
        q[run, s, a] = reward[s, a] + discount * total


@dataclass
class RealTimeDP(ControlAgent):
    """Back up the states and actions that it plays, with the model.

    Q(S, A) ← Σ_{s'} p(s'|S, A) [r(S, A, s') + γ max_a Q(s', a)]

    It knows the model, so an update is the mean over all next states and needs no α. The pair S, A is the one that is
    played, or all available pairs take turns, whatever is played.
    Source: Barto, Bradtke & Singh, Artificial Intelligence 72 (1995); Sutton & Barto (2nd ed.), sections 8.6 and 8.7.
    """

    alpha: int | float | str = 1.0

    distribution: str = "on_policy"
    """on_policy: back up what is played; uniform: all states and actions in turn"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_choice("distribution", DISTRIBUTIONS)
        self.require("alpha", self.alpha == 1, "must be 1: an update is exact")

    def check(self, problem: Problem) -> None:
        super().check(problem)
        if problem.model is None:
            raise ProblemError("needs the model of a finite MDP whose states are observed, such as env=gridworld")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        assert problem.model
        self.operator, self.pairs = problem.model.operator, np.argwhere(problem.model.available)

    def improve(self, step: Transition) -> None:
        state, action = step.observation, step.action
        if self.distribution == "uniform":
            state, action = np.repeat(self.pairs[(self.t - 1) % len(self.pairs)][:, None], self.runs, axis=1)
        learn(*self.operator, self.q, state, action)
