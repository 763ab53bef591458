"""The gain by state, if an agent can stay in different sets of states for ever."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rlnotes.agents.planning.base.end_components import end_components, groups
from rlnotes.agents.planning.base.episodic_model import EpisodicModel, merge
from rlnotes.agents.planning.base.gains import InnerSweeps
from rlnotes.agents.planning.base.history import History
from rlnotes.agents.planning.base.plan import Plan
from rlnotes.envs.mdps.base.model import Model


@dataclass(frozen=True, eq=False)
class Multichain:
    """A model with its end components: sets of states C with a gain g_C each, the best reward per step in C."""

    model: Model
    graph: Model
    """the transitions without rewards; the end of an episode is one more state, which leads to the start"""
    inner: np.ndarray
    """[states, actions of the graph], whether the action stays in an end component"""
    component: np.ndarray
    """[states of the graph]"""

    @classmethod
    def of(cls, model: Model) -> "Multichain":
        graph = with_restarts(model)
        return cls(model, graph, *end_components(graph, graph.available, graph.next_or_end))

    @property
    def sets(self) -> int:
        """The number of end components. If there is one, the gain is the same from every state."""
        return len(np.unique(self.component[self.inner.any(axis=1)]))

    def plan(self, accepted: float, sweep_limit: int, choose: Callable[[Model], Plan], history: History) -> Plan:
        """The plan with the largest gain from every state, with an error that is accepted, if the limit allows it.

        g(s) = max_π Σ_C Pr(π stays in C | s) g_C

        This is the best total reward if staying in C pays g_C and ends, and all else pays nothing. `choose` plans for
        that model. The value of the plan is h relative to the first state of each set, and NaN outside the sets.
        Source: Ashok, Chatterjee, Daca, Křetínský & Meggendorfer, Value Iteration for Long-Run Average Reward in
        Markov Decision Processes, CAV 2017.
        """
        states, merged = self.model.states, groups(self.inner, self.component)
        sweeps = InnerSweeps(self.model, self.inner[:states], merged[:states])
        for count, _ in enumerate(sweeps, 1):
            bound = sweeps.bound
            history.add_residual(count, bound)
            if bound <= accepted or count >= sweep_limit:
                break
        played, smaller = merge(self.graph, self.inner, merged, sweeps.gain)
        chosen = choose(smaller)
        whole = EpisodicModel(self.graph, smaller, merged, np.zeros(len(merged)), played, self.inner, chosen.policy)
        stays = (played[np.arange(smaller.states), chosen.policy] < 0)[merged[:states]]
        policy = np.where(stays, sweeps.policy, whole.unfold_policy(chosen.policy)[:states])
        gains, bound = chosen.value[merged[:states]], bound + chosen.bound
        gain = self.model.at_start(gains)
        value, converged, record = sweeps.relative_value, bound <= accepted, history.record(np.zeros(0))
        seconds = record["clock"][-1] = time.perf_counter() - history.began
        names = self.model.called
        return Plan(
            value, policy, bound, converged, False, count, seconds, names, gain=gain, gains=gains, history=record
        )


def with_restarts(model: Model) -> Model:
    """The graph of a model in which an end leads to one more state, and that state to the start; rewards are 0."""
    if not model.ends:
        to, start = model.next_state, model.start
        offsets, probability = model.offsets, model.probability
    else:
        begins = np.flatnonzero(model.start)
        to, start = np.append(model.next_or_end, begins), np.append(model.start, 0.0)
        probability = np.append(model.probability, model.start[begins])
        restart = np.full(model.actions, len(to))
        offsets = np.append(model.offsets, restart)
    nothing = np.zeros(len(to))
    return Model(offsets, to, probability, nothing, nothing.astype(bool), start, 1.0)
