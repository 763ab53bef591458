"""Modified policy iteration."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rlnotes.agents.planning.base.iterate import Iterate
from rlnotes.agents.planning.base.planner import Improver
from rlnotes.agents.planning.base.policy_rows import PolicyRows
from rlnotes.envs.mdps.base.model import Model

LARGE = 1_000
"""states from which evaluation in place may be faster"""
PATIENCE = 40
"""sweeps after which evaluation in place must have paid for itself"""
PRICE = 2.5
"""time of a sweep in place, in sweeps of all states at once, which read the rows of a policy faster"""
ENOUGH = {False: 0.3, True: 0.1}
"""span of the last change, relative to that of T V − V, at which the evaluation of a policy ends, by `in_place`"""


@dataclass
class ModifiedPolicyIteration(Improver):
    """Policy iteration with a few sweeps of evaluation in place of an exact one.

    π(s) ← argmax_a Σ_{s'} p(s'|s, a) [r(s, a, s') + γ V(s')]
    V ← T_π … T_π V,    (T_π V)(s) = r_π(s) + γ Σ_{s'} p_π(s'|s) V(s')

    A sweep of one policy reads one action per state; a sweep of value iteration reads all of them. In place, two
    sweeps of Gauss–Seidel value iteration come before each evaluation. If γ < 1, a sweep of all states at once
    reduces the error by the factor γ at least, so sweeps in place go on only if they reduce it more in the same time.
    Source: Puterman & Shin, Management Science 24 (1978); Puterman, Markov Decision Processes, section 6.5.
    """

    evaluation: str | None = None
    """jacobi (all states at once) or gauss_seidel (in place); null: chosen by the model and by the first sweeps"""

    evaluation_sweeps: int = 20
    """most sweeps of evaluation between two improvements, 0 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        fits = self.evaluation in (None, "jacobi", "gauss_seidel")
        self.require("evaluation", fits, "must be jacobi, gauss_seidel or null")
        self.require_at_least("evaluation_sweeps", 0)

    def improve(self, now: Iterate) -> Iterator[None]:
        rows = PolicyRows(now.model)
        in_place = is_local(now.model) if self.evaluation is None else self.evaluation == "gauss_seidel"
        first = now.residual
        while True:
            if self.evaluation is None and now.discount < 1 and now.sweeps > PATIENCE:
                in_place &= now.residual <= first * now.discount ** (PRICE * now.sweeps)
            now.value[:-1] = now.backed_up
            for _ in range(2 if in_place else 0):
                now.backup_in_place()
            changed = rows.follow(now, in_place)
            spans = 2 * (1 - now.model.discount) * self.accepted_error(now.model)
            enough = ENOUGH[in_place] * (now.high - now.low) if changed else spans
            for _ in range(self.evaluation_sweeps):
                low, high = rows.evaluate(now)  # V ← T_π V
                if high - low <= enough:
                    break
            yield


def is_local(model: Model) -> bool:
    """Whether a model is large, and most transitions lead to states whose numbers are within 2 √states, as on grids."""
    if model.states < LARGE:
        return False
    entry = np.linspace(0, len(model.next_state) - 1, 100).astype(int)
    state = (np.searchsorted(model.offsets, entry, "right") - 1) // model.actions
    return bool(np.mean(np.abs(model.next_state[entry] - state) <= 2 * np.sqrt(model.states)) >= 0.5)
