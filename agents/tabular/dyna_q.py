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

OUTCOME = np.dtype([("reward", "f8"), ("following", "i8")])
"""The last outcome of a pair S, A: R, and S' · actions, the first pair of S'; `END` or `NEW`, where there is no S'."""
END, NEW = -1, -2
"""the episode ended; the pair is not known"""

Outcomes = Annotated[np.ndarray, records(OUTCOME)]


@kernel()
def learn(
    q: FloatMatrix,
    actions: int,
    model: Outcomes,
    last_tried: IntMatrix,
    known: Uint32Matrix,
    known_count: IntVector,
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

    Tables are [runs, pairs], and s · actions + a is the number of a pair. `model` [runs · pairs] has the last outcome
    of each pair, and `last_tried` its step. `known` lists the known pairs.
    """
    (runs, pairs), steps = q.shape, uniform.shape[1]
    learnt = np.empty((runs, 1 + steps), np.int64)  # the pairs to learn from
    for run in range(runs):
        first, tried = state[run] * actions, state[run] * actions + action[run]
        for pair in range(first, first + actions):
            learns = pair == tried or (kappa > 0 and q[run, pair] > -np.inf)
            if learns and model[run * pairs + pair].following == NEW:
                known[run, known_count[run]] = pair
                known_count[run] += 1
                model[run * pairs + pair].following, last_tried[run, pair] = first, 0
        outcome = model[run * pairs + tried]
        outcome.reward = reward[run]
        outcome.following = END if terminated[run] else next_state[run] * actions
        learnt[run, 0], last_tried[run, tried] = tried, t
    for run in range(runs):  # loops that only read, so that the CPU fetches many rows from memory at once
        for k in range(steps):
            place = min(int(uniform[run, k] * known_count[run]), known_count[run] - 1)
            learnt[run, 1 + k] = known[run, place]
    for run in range(runs):
        for k in range(1 + steps):
            pair = learnt[run, k]
            outcome = model[run * pairs + pair]
            target = outcome.reward
            if outcome.following != END:
                best = -np.inf
                for following in range(outcome.following, outcome.following + actions):
                    best = q[run, following] if q[run, following] > best else best
                target += discount * best
            if kappa > 0:
                target += kappa * np.sqrt(t - last_tried[run, pair])  # 0 for the step itself
            q[run, pair] += alpha[run] * (target - q[run, pair])


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
        self.model, self.last_tried = np.full(self.q.size, np.array((0.0, NEW), OUTCOME)), np.zeros(shape, np.int64)
        self.known, self.known_count = np.zeros(shape, np.uint32), np.zeros(self.runs, np.int64)

    def improve(self, step: Transition) -> None:
        q, actions = self.q.reshape(self.runs, -1), self.q.shape[2]
        model = self.model, self.last_tried, self.known, self.known_count
        uniform = self.planning_stream.random((self.runs, self.planning))
        learn(q, actions, *model, self.step_size, self.problem.discount, *step[:5], self.t, self.kappa, uniform)
