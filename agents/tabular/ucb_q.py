"""Q-learning with upper confidence bounds."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.tabular.base.episodic_agent import EpisodicAgent
from rlnotes.base.kernels import ConstBoolVector, ConstFloatVector, ConstIntVector, FloatCube, IntCube, kernel


@kernel()
def learn(
    q: FloatCube,
    visits: IntCube,
    highest: ConstFloatVector,
    bonus: float,
    discount: float,
    states: int,
    state: ConstIntVector,
    action: ConstIntVector,
    reward: ConstFloatVector,
    next_state: ConstIntVector,
    terminated: ConstBoolVector,
    h: ConstIntVector,
) -> None:
    horizon = len(highest)
    for run in range(len(state)):
        following = 0.0
        if not terminated[run] and h[run] + 1 < horizon:
            following = -np.inf
            for a in range(q.shape[2]):
                following = max(following, q[run, (h[run] + 1) * states + next_state[run], a])
            following = min(following, highest[h[run] + 1])
        s, a = h[run] * states + state[run], action[run]
        visits[run, s, a] += 1
        n = visits[run, s, a]
        target = reward[run] + discount * following + bonus * np.sqrt(horizon / n)
        q[run, s, a] += (horizon + 1) / (horizon + n) * (target - q[run, s, a])


@dataclass
class UCBQ(EpisodicAgent):
    """Q-learning that adds to each reward a bonus for its uncertainty (Hoeffding).

    Q_h(S, A) ← (1 − α_N) Q_h(S, A) + α_N [R + γ V_{h+1}(S') + c B_0 √(H ι / N)],    α_N = (H + 1) / (H + N),
    V_h(s) = min(max_a Q_h(s, a), largest return from step h on),    ι = log(states · actions · t / δ)

    after N visits to S, A in step h, t steps in all. Q begins at the largest return and may rise above it, so actions
    that were never tried wait. B_0 is the largest difference of returns of episodes: H if rewards are from 0 to 1.
    Source: Jin, Allen-Zhu, Bubeck & Jordan, NeurIPS 2018, algorithm 1.
    """

    bonus: float = 0.001
    """factor c of the bonus, 0 or more"""

    delta: float = 0.1
    """probability δ that a bound does not hold, between 0 and 1"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_bonus(self.bonus, self.delta)

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.visits = np.zeros(self.q.shape, np.int64)

    def improve(self, step: Transition) -> None:
        bonus = self.bonus * self.span[0] * np.sqrt(self.iota(self.delta))
        learn(self.q, self.visits, self.highest, bonus, self.problem.discount, self.states, *step[:5], self.h)
