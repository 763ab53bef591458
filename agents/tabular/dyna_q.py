"""Dyna-Q and Dyna-Q+."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.tabular.base.control_agent import ControlAgent
from rlnotes.base.kernels import (
    ConstBoolVector,
    ConstFloatVector,
    ConstIntVector,
    FloatMatrix,
    IntMatrix,
    IntVector,
    Uint32Matrix,
    kernel,
    records,
)
from rlnotes.base.memory_check import require_memory
from rlnotes.base.random_streams import Stream

KNOWN = np.dtype([("reward", "f8"), ("following", "u4"), ("pair", "u4")])
"""A known pair S, A with its last outcome: R, and S' · actions, the first pair of S', or `END`, where there is no S'"""
END = np.uint32(2**32 - 1)
LANES = 64
"""runs that learn together, so that their outcomes stay in the fastest cache"""

Known = Annotated[np.ndarray, records(KNOWN)]


@kernel()
def learn(
    q: FloatMatrix,
    actions: int,
    known: Known,
    known_count: IntVector,
    place: Uint32Matrix,
    last_tried: IntMatrix,
    alpha: ConstFloatVector,
    discount: float,
    state: ConstIntVector,
    action: ConstIntVector,
    reward: ConstFloatVector,
    next_state: ConstIntVector,
    terminated: ConstBoolVector,
    t: int,
    kappa: float,
    uniform: FloatMatrix,
) -> None:
    """A step of Q-learning from experience, then one from the model for each `uniform` number [runs, planning steps].

    Tables are [runs, pairs], and s · actions + a is the number of a pair. The model `known` [runs · pairs] has the
    known pairs of each run side by side. `place` has 1 + the index there of each known pair, and 0 for other pairs.
    `last_tried` has the step in which a pair was tried, if κ > 0.
    """
    (runs, pairs), steps = q.shape, uniform.shape[1]
    learnt = np.empty((LANES, 1 + steps), KNOWN)  # the outcomes to learn from
    for begin in range(0, runs, LANES):
        lanes = min(LANES, runs - begin)
        for lane in range(lanes):  # several loops, so that the CPU fetches many rows from memory at once
            run, first = begin + lane, state[begin + lane] * actions
            tried = first + action[run]
            for pair in range(first, first + actions) if kappa > 0 else range(tried, tried + 1):
                if place[run, pair] == 0 and (pair == tried or q[run, pair] > -np.inf):
                    new = known[run * pairs + known_count[run]]
                    new.reward, new.following, new.pair = 0.0, first, pair
                    known_count[run] += 1
                    place[run, pair] = known_count[run]
            own = known[run * pairs + place[run, tried] - 1]
            own.reward, own.following = reward[run], END if terminated[run] else next_state[run] * actions
            learnt[lane, 0] = own
            if kappa > 0:
                last_tried[run, tried] = t
        for lane in range(lanes):
            row = np.uint64(begin + lane)  # unsigned, so that no index is checked for being negative
            count = known_count[row]
            for k in range(steps):
                drawn = min(int(uniform[row, k] * count), count - 1)
                learnt[lane, 1 + k] = known[row * np.uint64(pairs) + np.uint64(drawn)]
        for lane in range(lanes):
            row = np.uint64(begin + lane)
            for k in range(1 + steps):
                outcome = learnt[lane, k]
                entry, target = np.uint64(outcome.pair), outcome.reward
                if outcome.following != END:
                    best = -np.inf
                    for a in range(actions):
                        value = q[row, np.uint64(outcome.following) + np.uint64(a)]
                        best = value if value > best else best
                    target += discount * best
                if kappa > 0:
                    target += kappa * np.sqrt(t - last_tried[row, entry])  # 0 for the step itself
                q[row, entry] += alpha[row] * (target - q[row, entry])


@dataclass
class DynaQ(ControlAgent):
    """Q-learning that also learns a model, and learns from steps in the model too.

    Q(S, A) ← (1 − α) Q(S, A) + α [R + γ max_a Q(S', a) + κ √τ]

    for the step that was played (τ = 0), and for `planning` random pairs S, A. The model gives R and S' of the last
    time that S, A was tried, τ steps ago, so it fits environments without randomness. κ > 0 is Dyna-Q+, which tries old
    actions again: it knows all actions of a visited state, and an action never tried leads back with reward 0.
    Source: Sutton (1990); Sutton & Barto (2nd ed.), sections 8.2 and 8.3.
    """

    copies = 5

    planning: int = 5
    """planning steps after each step, 0 or more"""

    kappa: float = 0.0
    """bonus κ for actions not tried for long, 0 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_no_count("alpha")
        self.require_whole("planning", 0)
        self.require("kappa", 0 <= self.kappa < np.inf, "must be 0 or more")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        require_memory("agent.planning", self.planning, 8 * self.runs * self.planning)
        self.planning_stream, shape = Stream(rng.spawn(1)[0]), (self.runs, self.q[0].size)
        self.known, self.known_count = np.zeros(self.q.size, KNOWN), np.zeros(self.runs, np.int64)
        self.place, self.last_tried = np.zeros(shape, np.uint32), np.zeros(shape, np.int64)

    def improve(self, step: Transition) -> None:
        q, actions = self.q.reshape(self.runs, -1), self.q.shape[2]
        model = self.known, self.known_count, self.place, self.last_tried
        uniform = self.planning_stream.random((self.runs, self.planning))
        learn(q, actions, *model, self.step_size, self.problem.discount, *step[:5], self.t, self.kappa, uniform)
