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
    """The optimal value as the solution of a linear program.

    min Σ_s V(s)  subject to  V(s) ≥ r(s, a) + γ Σ_{s'} p(s'|s, a) V(s') for all s, a

    By HiGHS; the value of the policy that its solution gives is then computed exactly.
    Source: Puterman, Markov Decision Processes, section 6.9.
    """

    def first(self, model: Model, ending: np.ndarray | None) -> Iterate:
        """V₀ = 0"""
        return Iterate(model)

    def improve(self, now: Iterate) -> Iterator[None]:
        model = now.model
        continuing = np.where(model.terminated, 0.0, model.probability)
        transition = csr_array((continuing, model.next_state, model.offsets), (model.row_count, model.states))
        row = np.flatnonzero(model.available)
        own = csr_array((np.ones(len(row)), (np.arange(len(row)), row // model.actions)), (len(row), model.states))
        found = linprog(
            np.ones(model.states),
            A_ub=model.discount * transition[row] - own,
            b_ub=-model.expected_reward.ravel()[row],
            bounds=(None, None),
            method="highs",
            options={"primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9},
        )
        now.value[:-1] = now.backed_up if found.x is None else found.x
        now.sweeps += 1
        yield
        yield from evaluations(now)
