"""Linear programming."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from rlnotes.agents.planning.base.iterate import Iterate
from rlnotes.agents.planning.base.planner import Improver
from rlnotes.agents.planning.policy_iteration import evaluations
from rlnotes.envs.mdps.base.model import Model


@dataclass
class LinearProgramming(Improver):
    """Find the optimal value as the solution of a linear program.

    min Σ_s V(s)  subject to  V(s) − γ Σ_{s'} p(s'|s, a) V(s') ≥ r(s, a) for all s, a

    HiGHS solves it, with rewards relative to the largest one. Policy iteration then computes the exact value of the
    greedy policy of that solution.
    Source: Puterman, Markov Decision Processes, section 6.9.
    """

    stops_when_proved = False

    def first(self, model: Model, ending: np.ndarray | None) -> Iterate:
        """V₀ = 0"""
        return Iterate(model)

    def improve(self, now: Iterate) -> Iterator[None]:
        solution = solve(now.model)
        now.value[:-1] = now.backed_up if solution is None else solution
        now.sweeps += 1
        yield
        yield from evaluations(now)


def solve(model: Model) -> np.ndarray | None:
    """The solution V [states] of the linear program; None if HiGHS finds none."""
    columns = model.states + 1  # the last one is the absorbing state of value 0
    transition = csr_array((model.probability, model.successor, model.offsets), (model.row_count, columns))[:, :-1]
    row = np.flatnonzero(model.available)
    own_state = csr_array((np.ones(len(row)), (np.arange(len(row)), row // model.actions)), (len(row), model.states))
    scale = model.reward_bound or 1.0
    found = linprog(
        np.ones(model.states),
        A_ub=model.discount * transition[row] - own_state,
        b_ub=-model.expected_reward.ravel()[row] / scale,
        bounds=(None, None),
        method="highs",
        options={"primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9},
    )
    return None if found.x is None else found.x * scale
