"""Relative value iteration."""

import time
from dataclasses import dataclass

import numpy as np

from rlnotes.agents.planning.base.iterate import Iterate
from rlnotes.agents.planning.base.plan import Plan
from rlnotes.agents.planning.base.planner import SweepingPlanner
from rlnotes.envs.mdps.base.model import Model


@dataclass
class RelativeValueIteration(SweepingPlanner):
    """The policy of the largest reward a step in the long run, the gain g.

    g + h(s) = max_a Σ_{s'} p(s'|s, a) [r(s, a, s') + h(s')],    h ← h + (T h − h) / 2 − c

    min_s (T h − h)(s) ≤ g ≤ max_s (T h − h)(s), and the gain of the plan is the middle. The half step keeps a periodic
    chain from swinging, and c lets the mean of h over the start states be 0. Where an episode ends the next begins.
    The value of the plan is h; the discount does not matter. It does not converge where the gain depends on the state
    that one begins in.
    Source: White, Journal of Mathematical Analysis and Applications 6 (1963); Puterman, section 8.5.
    """

    def plan(self, model: Model) -> Plan:
        now, bound = Iterate(model, discount=1.0), np.inf
        while bound > self.tolerance and now.sweeps < self.sweep_limit:
            now.value[:-1] -= model.start @ now.value[:-1]
            now.backup()
            gain, bound = (now.low + now.high) / 2, (now.high - now.low) / 2 + now.rounding(now.backed_up)
            value = now.value[:-1].copy()
            now.value[:-1] += (now.backed_up - value) / 2
        seconds = time.perf_counter() - now.began
        history = now.history(value)
        return self.warn(
            Plan(value, now.policy, bound, bound <= self.tolerance, now.sweeps, seconds, gain=gain, history=history)
        )
