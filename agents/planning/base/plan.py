"""What planning gives."""

from dataclasses import dataclass, field

import numpy as np

from rlnotes.base.record import Record


@dataclass(frozen=True, eq=False)
class Plan:
    """A value, a policy, and how far the value may be from the best."""

    value: np.ndarray
    """V(s) [states]"""
    policy: np.ndarray
    """π(s) [states]"""
    bound: float
    """proved: |V(s) − V*(s)| ≤ bound for every s; ∞ where nothing could be proved"""
    converged: bool
    """whether the bound is within the tolerance"""
    sweeps: int
    """passes over all states"""
    seconds: float
    stages: np.ndarray | None = None
    """π_t(s) [horizon, states], where what to do depends on the steps t so far; `policy` is the first"""
    gain: float | None = None
    """reward of a step in the long run, where that is what is planned for: the bound is of it"""
    history: Record = field(default_factory=Record)
    """round by round [rounds]: `at_sweep` and `clock`, the sweeps and seconds until then, `residual`
    half the span max_s − min_s of T V − V, which is 0 where episodes have ended, and `error` half that of V − V*,
    of a small model exactly, of a larger one as far as the final value tells it (NaN where not every V could be
    kept); a span leaves out a constant, which changes no policy and which the final value makes up for"""
