"""Modified policy iteration."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial, reduce

import numpy as np

from rlnotes.agents.planning.iterate import Iterate
from rlnotes.agents.planning.planner import Improver
from rlnotes.agents.planning.sweeps import LANES, evaluate, follow, gauss_seidel
from rlnotes.envs.errors import SettingError
from rlnotes.envs.mdps.model import Model

LARGE = 1_000
"""states from which evaluation in place may be the faster"""
ENOUGH = 0.1
"""evaluation of a policy that may not be the last ends where the span of its change is that share of T V − V's"""


@dataclass
class ModifiedPolicyIteration(Improver):
    """Policy iteration that only sweeps a few times towards the value of a policy.

    π(s) ← argmax_a Σ_{s'} p [r + γ V(s')],    V ← T_π … T_π V,    (T_π V)(s) = r_π(s) + γ Σ_{s'} p_π(s'|s) V(s')

    A sweep of one policy reads one action of each state, where value iteration reads all.
    Source: Puterman & Shin, Management Science 24 (1978); Puterman, Markov Decision Processes, section 6.5.
    """

    evaluation: str | None = None
    """jacobi (all states at once) or gauss_seidel (in place, to and fro); null: as it suits the model"""

    evaluation_sweeps: int = 50
    """most sweeps of evaluation between two improvements, 0 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.evaluation not in (None, "jacobi", "gauss_seidel"):
            raise SettingError("evaluation", self.evaluation, "must be jacobi, gauss_seidel or null")
        if self.evaluation_sweeps < 0:
            raise SettingError("evaluation_sweeps", self.evaluation_sweeps, "must be 0 or more")

    def improve(self, now: Iterate) -> Iterator[None]:
        in_place = is_local(now.model) if self.evaluation is None else self.evaluation == "gauss_seidel"
        evaluation = self.to_and_fro(now) if in_place else self.at_once(now)
        while True:
            now.value[:-1] = now.backed_up
            next(evaluation)
            yield

    def at_once(self, now: Iterate) -> Iterator[None]:
        """Evaluate the policy, all states at once."""
        model, other = now.model, np.zeros_like(now.value)
        longest = reduce(np.maximum, np.diff(model.offsets).reshape(model.available.shape).T)
        begins = np.append(0, np.cumsum(LANES * np.maximum.reduceat(longest, np.arange(0, model.states, LANES))))
        size, followed = int(begins[-1]), np.full(model.states, -1, np.int32)
        rows = np.full(size, model.states, np.uint32), np.zeros(size), np.empty(model.states)
        while True:
            changed = follow(*now.operator[:4], now.policy, followed, begins, *rows)
            enough = ENOUGH * (now.high - now.low) if changed else self.tolerance * 2 * (1 - model.discount)
            for _ in range(self.evaluation_sweeps):
                low, high = now.sweep(partial(evaluate, begins, *rows, model.discount, now.value, other))
                now.value, other = other, now.value
                if high - low <= enough:
                    break
            yield

    def to_and_fro(self, now: Iterate) -> Iterator[None]:
        """Improve in place, backwards and forwards, then evaluate likewise."""
        while True:
            enough = ENOUGH * (now.high - now.low)
            for number in range(2 + self.evaluation_sweeps):
                now.sweeps += 1
                arguments = *now.operator, now.value, now.policy
                low, high = gauss_seidel(*arguments, number < 2, number % 2 == 1)
                if number >= 2 and high - low <= enough:
                    break
            yield


def is_local(model: Model) -> bool:
    """Whether a large model is like a grid: most states that follow are within 2 √states in number."""
    if model.states < LARGE:
        return False
    entry = np.linspace(0, len(model.next_state) - 1, 200).astype(int)
    state = (np.searchsorted(model.offsets, entry, "right") - 1) // model.actions
    return bool(np.median(np.abs(model.next_state[entry] - state)) <= 2 * np.sqrt(model.states))
