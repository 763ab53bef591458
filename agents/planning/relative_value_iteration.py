"""Relative value iteration."""

import time
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from rlnotes.agents.planning.base.gains import EVALUATIONS
from rlnotes.agents.planning.base.history import History
from rlnotes.agents.planning.base.iterate import Iterate
from rlnotes.agents.planning.base.multichain import Multichain
from rlnotes.agents.planning.base.plan import Plan
from rlnotes.agents.planning.base.planner import SweepingPlanner
from rlnotes.agents.planning.policy_iteration import PolicyIteration
from rlnotes.base.errors import SettingError
from rlnotes.envs.mdps.base.model import Model


@dataclass
class RelativeValueIteration(SweepingPlanner):
    """Find the policy with the largest reward per step in the long run, the gain g.

    g + h(s) = max_a Σ_{s'} p(s'|s, a) [r(s, a, s') + h(s')],    h ← h − c,    h ← h + (T h − h) / 2
    min_s (T h − h)(s) ≤ g ≤ max_s (T h − h)(s)

    The gain of the plan is the middle of these bounds, its value is h, and the discount does not matter. c is the mean
    of h over the start states. When an episode ends, the next one begins. Half a step prevents oscillation on a
    periodic chain. Long cycles are still slow, so after 64, 256, … sweeps h becomes the exact h of the greedy
    policy, if that is better. If an agent can stay in different sets of states for ever, each set has its own bounds,
    and the plan has the best gain from each state (`Multichain`).
    Source: White, Journal of Mathematical Analysis and Applications 6 (1963); Puterman, section 8.5.
    """

    def plan(self, model: Model) -> Plan:
        began = time.perf_counter()
        history, chains, accepted = History(began), Multichain.of(model), self.accepted_error(model)
        if chains.sets > 1:
            return self.warn(chains.plan(accepted, self.sweep_limit, PolicyIteration(self.tolerance).plan, history))
        now, bound = Iterate(model, operator=model.full_operator(1.0)), np.inf
        while bound > accepted and now.sweeps < self.sweep_limit:
            now.value[:-1] -= model.start @ now.value[:-1]
            now.backup()
            history.add(now)
            gain, bound = (now.low + now.high) / 2, (now.high - now.low) / 2 + now.rounding(now.backed_up)
            value = now.value[:-1].copy()
            now.value[:-1] += (now.backed_up - value) / 2
            if now.sweeps in EVALUATIONS:
                with suppress(SettingError):
                    exact = Iterate(model, model.relative_values(now.policy), operator=now.operator)
                    exact.backup()
                    if exact.high - exact.low < now.high - now.low:
                        now.value = exact.value
        seconds, record = time.perf_counter() - began, history.record(value)
        proved = bound <= accepted
        plan = Plan(
            value, now.policy, bound, proved, False, now.sweeps, seconds, model.called, gain=gain, history=record
        )
        return self.warn(plan)
