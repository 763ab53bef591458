"""SARSA [notes 2.6, 2.7]."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.tabular.base.control_agent import ControlAgent
from rlnotes.base.kernels import ConstBoolVector, ConstFloatVector, ConstIntVector, FloatCube, kernel


@kernel()
def learn(
    q: FloatCube,
    alpha: ConstFloatVector,
    discount: float,
    state: ConstIntVector,
    action: ConstIntVector,
    reward: ConstFloatVector,
    next_state: ConstIntVector,
    terminated: ConstBoolVector,
    next_action: ConstIntVector,
) -> None:
    for run in range(len(state)):
        following = q[run, next_state[run], next_action[run]]
        target = reward[run] + (0.0 if terminated[run] else discount * following)
        s, a = state[run], action[run]
        q[run, s, a] += alpha[run] * (target - q[run, s, a])


@dataclass
class SARSA(ControlAgent):
    """Learn the values of the policy that plays, on-policy [notes 2.7].

    Q(S_t, A_t) ← (1 − α) Q(S_t, A_t) + α ŷ_t,    ŷ_t = R_t + γ Q(S_{t+1}, A_{t+1})

    A_{t+1} is drawn before the update and is played next. ŷ_t = R_t if the episode terminated. If it was truncated,
    A_{t+1} is drawn in its last state, although it is not played.
    Source: Rummery & Niranjan (1994); Sutton & Barto (2nd ed.), section 6.4.
    """

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.last_step: Transition | None = None

    def choose(self, state: np.ndarray) -> np.ndarray:
        """The actions that `draw_next_action` has drawn, and new ones in runs that begin an episode."""
        if self.last_step is None:
            return super().choose(state)
        if state is not self.last_step.next_observation:  # otherwise no episode has ended
            begun = (self.last_step.terminated | self.last_step.truncated).nonzero()[0]
            self.draw(state, self.first_uniform, self.next_action, begun)
        return self.next_action

    def draw_next_action(self, step: Transition) -> np.ndarray:
        """Draw A_{t+1} [runs], which is played next unless the episode has ended."""
        self.last_step, self.next_action = step, np.empty(self.runs, np.int64)
        self.draw(step.next_observation, next(self.uniforms), self.next_action, self.every_run)
        self.first_uniform = next(self.uniforms)  # for the first action of an episode, drawn whether one begins or not
        return self.next_action

    def improve(self, step: Transition) -> None:
        next_action = self.draw_next_action(step)
        learn(self.q, self.step_size, self.problem.discount, *step[:5], next_action)
