"""The recording of a cell: a data set of what its runs do."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from functools import partial
from pathlib import Path

import numpy as np
from gymnasium.envs.registration import EnvSpec

from rlnotes import catalog
from rlnotes.agents.base.agent import Agent
from rlnotes.base.errors import SettingError
from rlnotes.base.memory_check import require_memory
from rlnotes.data.minari_files import DataWriter, require_minari
from rlnotes.envs.base import scalar_env
from rlnotes.envs.base.environment import Environment
from rlnotes.envs.registered import Registered, spec_of
from rlnotes.simulation.cell import BLOCK, UNCOVERED, Cell
from rlnotes.simulation.plain_values import plain
from rlnotes.simulation.step_log import StepLog
from rlnotes.simulation.store import Store
from rlnotes.simulation.unfinished import rename, unfinished

EVALUATION = "evaluation"
"""the value of `record` for the episodes after learning"""


class Recording:
    """Writes what the runs of a cell do into a new folder: while they learn, or in the episodes after learning."""

    def __init__(self, cell: Cell, record: bool | str, folder: Path) -> None:
        facts = {
            "dataset_id": folder.parent.name,
            "algorithm_name": catalog.describe(cell.agent),
            "description": str(cell),
            "environment": catalog.name(cell.env),
            "environment_settings": plain(cell.chosen)[0]["env"],
            "discount": cell.env.discount,
        }
        spaces = cell.problem.observation_space, cell.problem.action_space
        self.after_learning = record == EVALUATION
        self.writer = DataWriter(folder, *spaces, gymnasium_spec(cell.env), facts)

    def step_log(self, agent: Agent, runs: int, episodes: int | None, after_learning: bool) -> StepLog | None:
        """A log of the steps of a block of runs, learning or after it; None if these are not recorded."""
        return StepLog(agent, runs, episodes) if after_learning == self.after_learning else None

    def write(self, log: StepLog | None) -> None:
        """Add the episodes of a block, if they are recorded."""
        if log:
            self.writer.write(log.episodes())


@contextmanager
def recording(cell: Cell, store: Store) -> Iterator[Recording]:
    """A recording of a cell, whose folder appears in the store when it is whole."""
    target = dataset_folder(store, cell.name)
    assert target
    with unfinished(store.folder) as new:
        yield Recording(cell, store.record, new / target.name / "data")
        target.parent.mkdir(exist_ok=True)
        rename(new / target.name, target)


def dataset_folder(store: Store, name: str) -> Path | None:
    """The folder for the data set of the cell of that name; None if the store does not record."""
    part = f"-{store.record}" if store.record == EVALUATION else ""
    return store.folder / "datasets" / f"{name.replace('.', '_')}{part}-v0" if store.record else None


def lacks_dataset(store: Store, name: str) -> bool:
    """Whether the cell of that name is to be recorded, and has no data set yet."""
    folder = dataset_folder(store, name)
    return folder is not None and not folder.exists()


def require_recordable(cell: Cell, store: Store) -> None:
    """Raise `SettingError` if the store is to record what the runs of a cell do, and cannot."""
    record = store.record
    if record not in (False, True, EVALUATION):
        raise SettingError("record", record, f"must be true, false or {EVALUATION}")
    if record is False:
        return
    require_minari("record")
    if UNCOVERED in cell.settings:
        raise SettingError("record", record, f"needs a cell that can be stored: {cell.settings[UNCOVERED]}")
    if store.every:
        raise SettingError("record", record, "needs checkpoint=null, since steps before a checkpoint are not kept")
    episodes, horizon = cell.episodes, cell.horizon
    if record == EVALUATION:
        if not cell.evaluation or cell.ground_truth.optimum:
            requirement = f"{catalog.name(cell.agent)} plays no episodes after learning on {catalog.name(cell.env)}"
            raise SettingError("record", record, f"{requirement}; true records the steps while it learns")
        episodes, horizon = cell.evaluation["evaluation_episodes"], None
    spaces = cell.problem.observation_space, cell.problem.action_space
    of_a_step = 32 + sum(int(np.prod(space.shape or ())) * np.dtype(space.dtype).itemsize for space in spaces)
    steps = horizon or (episodes or 1) * (cell.env.time_limit or 1)  # at least
    require_memory("record", record, 2 * of_a_step * steps * min(cell.runs, BLOCK))


def gymnasium_spec(env: Environment) -> EnvSpec | None:
    """The description from which Gymnasium makes an environment again; None if it is not registered there."""
    if isinstance(env, Registered):
        spec = copy(spec_of(env.id))
        spec.kwargs, spec.max_episode_steps = spec.kwargs | env.own_settings, env.time_limit
        return None if callable(spec.entry_point) or env.wrappings else spec
    if catalog.catalogued(type(env)) is None:
        return None
    spec = copy(spec_of(f"rlnotes/{type(env).__name__}-v0"))
    assert isinstance(spec.entry_point, partial)  # which cannot be written, but its parts can
    spec.kwargs = {"vector_entry_point": spec.entry_point.args[0], **env.setting_values()}
    spec.entry_point = f"{scalar_env.__name__}:{scalar_env.make.__name__}"
    return spec
