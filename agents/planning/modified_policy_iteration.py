"""Modified policy iteration."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from rlnotes.agents.planning.base.iterate import Iterate
from rlnotes.agents.planning.base.planner import Improver
from rlnotes.agents.planning.base.sweeps import LANES, evaluate, evaluate_in_place, follow, gauss_seidel
from rlnotes.base.errors import SettingError
from rlnotes.envs.mdps.base.model import Model

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
    """jacobi (all states at once) or gauss_seidel (in place); null: as it suits the model"""

    evaluation_sweeps: int = 20
    """most sweeps of evaluation between two improvements, 0 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.evaluation not in (None, "jacobi", "gauss_seidel"):
            raise SettingError("evaluation", self.evaluation, "must be jacobi, gauss_seidel or null")
        if self.evaluation_sweeps < 0:
            raise SettingError("evaluation_sweeps", self.evaluation_sweeps, "must be 0 or more")

    def improve(self, now: Iterate) -> Iterator[None]:
        in_place = is_local(now.model) if self.evaluation is None else self.evaluation == "gauss_seidel"
        model, other = now.model, np.zeros_like(now.value)
        longest = np.maximum.reduceat(np.diff(model.offsets), np.arange(0, model.row_count, LANES * model.actions))
        begins = np.append(0, np.cumsum(LANES * longest))
        size, followed = int(begins[-1]), np.full(model.states, -1, np.int32)
        rows = np.full(size, model.states, np.uint32), np.zeros(size), np.empty(model.states)
        while True:
            now.value[:-1] = now.backed_up
            if in_place:
                for _ in range(2):
                    now.sweep_in_place(partial(gauss_seidel, *now.operator, now.value, now.policy))
            changed = follow(*now.operator[:4], now.policy, followed, begins, *rows)
            enough = ENOUGH * (now.high - now.low) if changed else self.tolerance * 2 * (1 - model.discount)
            for _ in range(self.evaluation_sweeps):
                of_policy = begins, *rows, model.discount, now.value
                if in_place:
                    low, high = now.sweep_in_place(partial(evaluate_in_place, *of_policy))
                else:
                    low, high = now.sweep(partial(evaluate, *of_policy, other))
                    now.value, other = other, now.value
                if high - low <= enough:
                    break
            yield


def is_local(model: Model) -> bool:
    """Whether a large model is like a grid: most states that follow are within 2 √states in number."""
    if model.states < LARGE:
        return False
    entry = np.linspace(0, len(model.next_state) - 1, 100).astype(int)
    state = (np.searchsorted(model.offsets, entry, "right") - 1) // model.actions
    return bool(np.mean(np.abs(model.next_state[entry] - state) <= 2 * np.sqrt(model.states)) >= 0.5)
