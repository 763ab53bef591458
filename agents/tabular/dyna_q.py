"""Dyna-Q and Dyna-Q+."""

from dataclasses import dataclass

import numpy as np
from numba import boolean, float64, int64, njit, uint64, void

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.tabular.base.control_agent import ControlAgent
from rlnotes.agents.tabular.base.signature import REALS, STEP, TABLE
from rlnotes.base.errors import SettingError
from rlnotes.base.memory_check import require


@njit(
    void(
        *[TABLE, uint64[:, :, ::1], TABLE, boolean[:, :, ::1], int64[:, :, ::1], uint64[:, ::1], int64[::1]],
        *[REALS, float64, *STEP, int64, float64, float64[:, ::1]],
    ),
    cache=True,
)
def learn(  # type: ignore[no-untyped-def]
    q, following, paid, ends, tried, known, count,
    alpha, discount, state, action, reward, next_state, terminated, t, kappa, uniform,
):  # fmt: skip
    """A step of Q-learning from experience, then one for each of the `uniform` numbers [runs, planning steps].

    `tried` [runs, states, actions] is when it was last tried, −1: it is not known; `known` lists s · actions + a.
    """
    actions = q.shape[2]
    for run in range(len(state)):
        s, a = np.uint64(state[run]), np.uint64(action[run])
        for b in range(actions):
            first = tried[run, s, b] < 0 and (b == a or (kappa > 0 and q[run, s, b] > -np.inf))
            if first:
                known[run, count[run]] = s * np.uint64(actions) + np.uint64(b)
                count[run] += 1
                following[run, s, b], tried[run, s, b] = s, 0
        following[run, s, a], paid[run, s, a] = next_state[run], reward[run]
        ends[run, s, a], tried[run, s, a] = terminated[run], t
        for k in range(-1, uniform.shape[1]):
            if k >= 0:
                pair = known[run, min(int(uniform[run, k] * count[run]), count[run] - 1)]
                s, a = pair // np.uint64(actions), pair % np.uint64(actions)
            best = -np.inf
            for b in range(actions):
                value = q[run, following[run, s, a], b]
                best = value if value > best else best
            target = paid[run, s, a] + (0.0 if ends[run, s, a] else discount * best)
            if k >= 0:
                target += kappa * np.sqrt(t - tried[run, s, a])
            q[run, s, a] += alpha[run] * (target - q[run, s, a])


@dataclass
class DynaQ(ControlAgent):
    """Q-learning that also learns a model, and learns again from what it tells.

    Q(S, A) ← (1 − α) Q(S, A) + α [R + γ max_a Q(S', a)]    of the step, and of `planning` pairs S, A at random,
    with the R + κ √τ and the S' that followed when S, A was last tried, τ steps ago

    With κ > 0 it is Dyna-Q+, which tries what it has not tried for long: of a state where it has been it knows all
    actions, those never tried as leading back there for nothing. Fit for what does not change by chance.
    Source: Sutton (1990); Sutton & Barto (2nd ed.), sections 8.2 and 8.3.
    """

    copies = 6

    planning: int = 5
    """planning steps after each step, 0 or more"""

    kappa: float = 0.0
    """bonus κ of what has not been tried for long, 0 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_no_count("alpha")
        self.require_whole("planning", 0)
        if not 0 <= self.kappa < np.inf:
            raise SettingError("kappa", self.kappa, "must be 0 or more")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        require("agent.planning", self.planning, 8 * self.runs * self.planning)
        [self.planned], shape = rng.spawn(1), self.q.shape
        self.following, self.tried = np.zeros(shape, np.uint64), np.full(shape, -1)
        self.paid, self.ends = np.zeros(shape), np.zeros(shape, bool)
        self.known, self.held = np.zeros((self.runs, self.q[0].size), np.uint64), np.zeros(self.runs, np.int64)

    def improve(self, step: Transition) -> None:
        memory = self.following, self.paid, self.ends, self.tried, self.known, self.held
        uniform = self.planned.random((self.runs, self.planning))
        rule = self.step_size, self.problem.discount, *step[:5], self.t, self.kappa, uniform
        learn(*(self.q, *memory, *rule))
