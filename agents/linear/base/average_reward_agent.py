"""The base class of agents that learn how much more than the average reward an action brings."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from rlnotes.agents.base.agent import Problem, ProblemError, Transition
from rlnotes.agents.linear.base.basis import Active
from rlnotes.agents.linear.base.control_agent import LinearControlAgent
from rlnotes.agents.linear.base.weights import approach
from rlnotes.base.record import Record


class Played(NamedTuple):
    """What every run played in its last step; arrays are [runs]."""

    x: Active
    action: np.ndarray
    reward: np.ndarray
    greedy: np.ndarray
    """whether no other action had a larger value"""
    followed: np.ndarray
    """whether the agent sees what follows: the episode was not truncated"""


@dataclass
class AverageRewardAgent(LinearControlAgent):
    """An agent that learns the average reward R̄ [runs] and differential values Q(s, a) ≈ w_aᵀ x(s).

    w_a ← w_a + α δ_t x(S_t) for a = A_t,    R̄ ← R̄ + β δ_t,
    δ_t = R_t − R̄ + V(S_{t+1}) − w_aᵀ x(S_t), where V is the value that `following` gives

    It learns from a step one step later, when it sees where the next step begins. So an episode that terminates is
    followed by the next one. The last step of a truncated episode is left out, since nothing is seen after it.
    """

    beta: float = 0.01
    """step size β of the average reward, from 0 to 1"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_probability("beta")

    def check_discount(self, problem: Problem) -> None:
        if problem.discount != 1:
            raise ProblemError(
                f"needs env.discount=1, not {problem.discount:g}, since it learns the average reward per step, "
                "which no discount changes"
            )

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.average = np.zeros(self.runs)
        self.played: Played | None = None

    def improve(self, step: Transition) -> None:
        q = self.values(self.x, step.observation, self.allowed)
        chosen = q[self.every_run, step.action]
        if self.played:
            self.learn_from(self.played, self.following(q, chosen))
        greedy, followed = chosen == q.max(axis=1), step.terminated | ~step.truncated
        self.played = Played(self.x, step.action, step.reward, greedy, followed)

    @abstractmethod
    def following(self, q: np.ndarray, chosen: np.ndarray) -> np.ndarray:
        """V [runs] of the states that follow, from their values `q` [runs, actions] and those `chosen` [runs]."""

    def counted(self, played: Played) -> np.ndarray:
        """The runs [runs] whose step changes R̄."""
        return played.followed

    def learn_from(self, played: Played, following: np.ndarray) -> None:
        """Learn from the last step of every run, which is followed by states of these values [runs]."""
        error = np.empty(self.runs)
        target, rate = played.reward - self.average + following, self.step_size * played.followed
        approach(self.w, *played.x, played.action, rate, target, error)
        self.average += self.beta * error * self.counted(played)
        self.require_finite(error)

    def report(self) -> Record:
        return super().report() | Record(average_reward=self.average.copy())
