"""n-step SARSA."""

from dataclasses import dataclass

import numpy as np
from numba import float64, njit, void

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.tabular.base.signature import FLAGS, NUMBERS, REALS, STEP, TABLE
from rlnotes.agents.tabular.base.step_buffer import RECENT, recent
from rlnotes.agents.tabular.sarsa import SARSA


@njit(void(TABLE, *RECENT, REALS, float64, *STEP, FLAGS, NUMBERS), cache=True)
def learn(  # type: ignore[no-untyped-def]
    q, states, actions, targets, alphas, held,
    alpha, discount, state, action, reward, next_state, terminated, truncated, next_action,
):  # fmt: skip
    n = states.shape[1]
    for run in range(len(state)):
        t = held[run]
        states[run, t % n], actions[run, t % n] = state[run], action[run]
        targets[run, t % n], alphas[run, t % n] = reward[run], alpha[run]
        held[run] = t + 1
        ended = terminated[run] | truncated[run]
        if t + 1 < n and not ended:
            continue
        first = max(t + 1 - n, 0)
        following = 0.0 if terminated[run] else q[run, next_state[run], next_action[run]]
        for i in range(t, first - 1, -1):
            following = targets[run, i % n] + discount * following
            if ended:
                targets[run, i % n] = following
        targets[run, first % n] = following
        for i in range(first, t + 1 if ended else first + 1):
            s, a = states[run, i % n], actions[run, i % n]
            q[run, s, a] += alphas[run, i % n] * (targets[run, i % n] - q[run, s, a])
        if ended:
            held[run] = 0


@dataclass
class NStepSARSA(SARSA):
    """SARSA that looks n steps ahead.

    Q(S_t, A_t) ← (1 − α) Q(S_t, A_t) + α ŷ_t,
    ŷ_t = R_t + γ R_{t+1} + … + γ^{n−1} R_{t+n−1} + γ^n Q(S_{t+n}, A_{t+n})

    Where the episode ends before t + n, ŷ_t goes as far as it went; where it was truncated there, the value of its last
    state and of an action drawn in it takes the place of what did not follow. n = 1 is SARSA.
    Source: Sutton & Barto (2nd ed.), section 7.2.
    """

    n: int = 4
    """steps n, 1 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("n", 1)

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.recent = recent(self.runs, self.n)

    def improve(self, step: Transition) -> None:
        next_action = self.following(step)
        learn(*(self.q, *self.recent, self.step_size, self.problem.discount, *step, next_action))
