"""SARSA [notes 2.6, 2.7]."""

from dataclasses import dataclass

import numpy as np
from numba import float64, njit, void

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.tabular.base.control_agent import ControlAgent
from rlnotes.agents.tabular.base.signature import NUMBERS, REALS, STEP, TABLE


@njit(void(TABLE, REALS, float64, *STEP, NUMBERS), cache=True)
def learn(q, alpha, discount, state, action, reward, next_state, terminated, next_action):  # type: ignore[no-untyped-def]
    for run in range(len(state)):
        following = q[run, next_state[run], next_action[run]]
        target = reward[run] + (0.0 if terminated[run] else discount * following)
        s, a = state[run], action[run]
        q[run, s, a] += alpha[run] * (target - q[run, s, a])


@dataclass
class SARSA(ControlAgent):
    """Learn the values of the policy that is played, on-policy [notes 2.7].

    Q(S_t, A_t) ← (1 − α) Q(S_t, A_t) + α ŷ_t,    ŷ_t = R_t + γ Q(S_{t+1}, A_{t+1})

    A_{t+1} is drawn before the update and is what is played next. ŷ_t = R_t where the episode terminated; where it was
    truncated A_{t+1} is drawn in its last state, though it is not played.
    Source: Rummery & Niranjan (1994); Sutton & Barto (2nd ed.), section 6.4.
    """

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.step: Transition | None = None

    def choose(self, state: np.ndarray) -> np.ndarray:
        """Those that `following` has drawn, and new ones where an episode begins."""
        if self.step is None:
            return super().choose(state)
        if state is not self.step.next_observation:  # else no episode has ended
            begun = (self.step.terminated | self.step.truncated).nonzero()[0]
            self.draw(state, self.to_begin, self.next_action, begun)
        return self.next_action

    def following(self, step: Transition) -> np.ndarray:
        """Draw A_{t+1} [runs], which is played next unless the episode has ended."""
        self.step, self.next_action = step, np.empty(self.runs, np.int64)
        self.draw(step.next_observation, next(self.uniforms), self.next_action, self.all)
        self.to_begin = next(self.uniforms)  # for episodes that begin, whether or not one does
        return self.next_action

    def improve(self, step: Transition) -> None:
        next_action = self.following(step)
        learn(self.q, self.step_size, self.problem.discount, *step[:5], next_action)
