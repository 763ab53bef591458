"""Relative value iteration."""

import time
from dataclasses import dataclass

import numpy as np

from rlnotes.agents.planning.base.history import History
from rlnotes.agents.planning.base.iterate import Iterate
from rlnotes.agents.planning.base.plan import Plan
from rlnotes.agents.planning.base.planner import SweepingPlanner
from rlnotes.envs.mdps.base.model import Model


@dataclass
class RelativeValueIteration(SweepingPlanner):
    """Find the policy with the largest reward per step in the long run, the gain g.

    g + h(s) = max_a Σ_{s'} p(s'|s, a) [r(s, a, s') + h(s')],    h ← h − c,    h ← h + (T h − h) / 2
    min_s (T h − h)(s) ≤ g ≤ max_s (T h − h)(s)

    The gain of the plan is the middle of these bounds, its value is h, and the discount does not matter. c is the mean
    of h over the start states. Half a step prevents oscillation on a periodic chain. When an episode ends, the next
    one begins. The bounds do not converge if the gain depends on the start state.
    Source: White, Journal of Mathematical Analysis and Applications 6 (1963); Puterman, section 8.5.
    """

    def plan(self, model: Model) -> Plan:
        began = time.perf_counter()
        now, history, bound = Iterate(model, discount=1.0), History(began), np.inf
        while bound > self.tolerance and now.sweeps < self.sweep_limit:
            now.value[:-1] -= model.start @ now.value[:-1]
            now.backup()
            history.add(now)
            gain, bound = (now.low + now.high) / 2, (now.high - now.low) / 2 + now.rounding(now.backed_up)
            value = now.value[:-1].copy()
            now.value[:-1] += (now.backed_up - value) / 2
        seconds, record = time.perf_counter() - began, history.record(now, value)
        return self.warn(
            Plan(value, now.policy, bound, bound <= self.tolerance, now.sweeps, seconds, gain=gain, history=record)
        )
