"""Dyna-Q and Dyna-Q+."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.tabular.base.control_agent import ControlAgent
from rlnotes.base.kernels import (
    BoolCube,
    ConstBoolVector,
    ConstFloatVector,
    ConstIntVector,
    FloatCube,
    FloatMatrix,
    IntCube,
    IntVector,
    UintCube,
    UintMatrix,
    kernel,
)
from rlnotes.base.memory_check import require_memory


@kernel()
def learn(
    q: FloatCube,
    model_state: UintCube,
    model_reward: FloatCube,
    model_ends: BoolCube,
    last_tried: IntCube,
    known: UintMatrix,
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

    The model has the last outcome of each state and action, and `last_tried` [runs, states, actions] is the step of
    that outcome, −1 if the pair is not known. `known` lists the known pairs as s · actions + a.
    """
    actions = q.shape[2]
    for run in range(len(state)):
        s, a = np.uint64(state[run]), np.uint64(action[run])
        for b in range(actions):
            new = last_tried[run, s, b] < 0 and (b == a or (kappa > 0 and q[run, s, b] > -np.inf))
            if new:
                known[run, known_count[run]] = s * np.uint64(actions) + np.uint64(b)
                known_count[run] += 1
                model_state[run, s, b], last_tried[run, s, b] = s, 0
        model_state[run, s, a], model_reward[run, s, a] = next_state[run], reward[run]
        model_ends[run, s, a], last_tried[run, s, a] = terminated[run], t
        for k in range(-1, uniform.shape[1]):
            if k >= 0:
                pair = known[run, min(int(uniform[run, k] * known_count[run]), known_count[run] - 1)]
                s, a = pair // np.uint64(actions), pair % np.uint64(actions)
            best = -np.inf
            for b in range(actions):
                value = q[run, model_state[run, s, a], b]
                best = value if value > best else best
            bonus = kappa * np.sqrt(t - last_tried[run, s, a])  # 0 for the step itself
            target = model_reward[run, s, a] + (0.0 if model_ends[run, s, a] else discount * best) + bonus
            q[run, s, a] += alpha[run] * (target - q[run, s, a])


@dataclass
class DynaQ(ControlAgent):
    """Q-learning that also learns a model, and learns from steps in the model too.

    Q(S, A) ← (1 − α) Q(S, A) + α [R + γ max_a Q(S', a) + κ √τ]

    for the step that was played (τ = 0), and for `planning` random pairs S, A. The model gives R and S' of the last
    time that S, A was tried, τ steps ago, so it fits environments without randomness. κ > 0 is Dyna-Q+, which tries old
    actions again: it knows all actions of a visited state, and an action never tried leads back with reward 0.
    Source: Sutton (1990); Sutton & Barto (2nd ed.), sections 8.2 and 8.3.
    """

    copies = 6

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
        [self.planning_rng], shape = rng.spawn(1), self.q.shape
        self.model_state, self.model_reward = np.zeros(shape, np.uint64), np.zeros(shape)
        self.model_ends, self.last_tried = np.zeros(shape, bool), np.full(shape, -1)
        self.known, self.known_count = np.zeros((self.runs, self.q[0].size), np.uint64), np.zeros(self.runs, np.int64)

    def improve(self, step: Transition) -> None:
        model = self.model_state, self.model_reward, self.model_ends, self.last_tried, self.known, self.known_count
        uniform = self.planning_rng.random((self.runs, self.planning))
        learn(self.q, *model, self.step_size, self.problem.discount, *step[:5], self.t, self.kappa, uniform)
