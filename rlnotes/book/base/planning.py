"""The rounds of a planner, one by one, and the policies of a model."""

from collections.abc import Iterator

import numpy as np

from rlnotes.agents.planning.base.iterate import Iterate
from rlnotes.agents.planning.base.planner import Improver
from rlnotes.envs.mdps.base.model import Model


def rounds(planner: Improver, now: Iterate) -> Iterator[Iterate]:
    """The value of a planner before its first round, and after each; `backed_up` and `policy` are up to date."""
    now.backup()
    yield now
    for _ in planner.improve(now):
        now.backup()
        yield now


def equiprobable(model: Model) -> np.ndarray:
    """π(a|s) [states, actions]: every available action with the same probability."""
    chances: np.ndarray = model.available / model.available.sum(axis=1, keepdims=True)
    return chances
