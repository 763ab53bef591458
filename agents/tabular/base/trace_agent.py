"""The base class of agents with eligibility traces of Q(s, a)."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Problem
from rlnotes.agents.tabular.base.next_action_agent import NextActionAgent
from rlnotes.agents.tabular.base.traces import KINDS, Traces


@dataclass
class TraceAgent(NextActionAgent):
    """An agent with a trace E(s, a), which every visit raises and every step fades.

    accumulating: E ← E + 1;    replacing: E ← 1;    dutch: E ← (1 − α) E + 1;    then E ← γ λ E
    """

    copies = 3

    decay: float = 0.9
    """decay λ of the traces, from 0 to 1; 0: only the last step has one"""

    traces: str = "accumulating"
    """accumulating, replacing or dutch"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_no_count("alpha")
        self.require_probability("decay")
        self.require_choice("traces", KINDS)

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.eligibility = Traces(self.q.reshape(self.runs, -1), self.traces)

    def spread(self, entry: np.ndarray, error: np.ndarray, cut: np.ndarray) -> None:
        """Learn from the temporal differences δ, the `error` [runs]; set the traces to 0 if `cut` [runs].

        The `entry` [runs] of S, A is s · actions + a.
        """
        self.eligibility.spread(entry, self.step_size, error, cut, self.problem.discount * self.decay)
