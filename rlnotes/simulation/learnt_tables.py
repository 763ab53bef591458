"""The tables in a record: Q, V and π as they were learnt or planned."""

import numpy as np

from rlnotes.agents.base.kept_tables import KEPT_NUMBERS
from rlnotes.base.errors import SettingError
from rlnotes.base.record import Record

PLAN = "makes a plan, which has V and π and no Q"
PREDICTION = "learns the value V of a given policy"
PREFERENCES = "learns preferences θ and V, and no Q"
WEIGHTS = "has weights and no tables; rlnotes.player plays a learnt policy"


def q(agent: str, data: Record) -> np.ndarray:
    """Q(s, a) of the first runs; raises `SettingError` if the cell has no Q."""
    if "learned_q" not in data:
        raise SettingError("agent", agent, without_table(data, "Q"))
    return require_kept(agent, data["learned_q"])


def value(agent: str, data: Record) -> np.ndarray:
    """V(s) of a plan or of the first runs; raises `SettingError` if the cell has no V."""
    if "value" in data:
        return data["value"]
    if "learned_v" in data:
        return require_kept(agent, data["learned_v"])
    if "learned_q" in data:
        best: np.ndarray = require_kept(agent, data["learned_q"]).max(axis=-1)
        return best
    raise SettingError("agent", agent, without_table(data, "V"))


def policy(agent: str, data: Record) -> np.ndarray:
    """π(s) of a plan, or the greedy policy of the first runs; raises `SettingError` if the cell has no policy."""
    if "stage_policy" in data:
        return require_kept(agent, data["stage_policy"])
    if "policy" in data:
        return data["policy"]
    if "learned_q" in data:
        return require_kept(agent, data["learned_q"]).argmax(axis=-1)
    if "learned_preferences" in data:
        return require_kept(agent, data["learned_preferences"]).argmax(axis=-1)
    raise SettingError("agent", agent, without_table(data, "policy"))


def has_policy(data: Record) -> bool:
    """Whether a record is of an agent whose policy is a table, kept or not."""
    return not data.keys().isdisjoint({"policy", "learned_q", "learned_preferences"})


def require_kept(agent: str, table: np.ndarray) -> np.ndarray:
    """The table; raises `SettingError` if it has no rows, since it was too large to keep."""
    if len(table) == 0:
        shape = " × ".join(f"{size:,}" for size in table.shape[1:])
        raise SettingError("agent", agent, f"its table was not kept: one of {shape} is above {KEPT_NUMBERS:,} numbers")
    return table


def without_table(data: Record, wanted: str) -> str:
    """Why a record has no such table."""
    if "regret" in data and "weights" not in data:
        return f"plays a bandit, and learns no {wanted} of states"
    for name, reason in (
        ("policy", PLAN),
        ("learned_preferences", PREFERENCES),
        ("learned_v", PREDICTION),
        ("learned_weights", WEIGHTS),
        ("weights", WEIGHTS),
    ):
        if name in data:
            return reason
    return f"stores no {wanted}"
