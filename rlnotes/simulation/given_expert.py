"""The expert that agents ask: the policy in a stored cell."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from rlnotes import catalog
from rlnotes.agents.base.agent import Agent
from rlnotes.agents.base.expert_agent import ExpertAgent
from rlnotes.base.errors import SettingError
from rlnotes.base.one_path import one_path
from rlnotes.envs.base.environment import Environment
from rlnotes.simulation import cell_folder
from rlnotes.simulation.result import Result

if TYPE_CHECKING:
    from rlnotes.simulation.cell import Cell


@dataclass(frozen=True, eq=False)
class Expert:
    """The policy that run 0 of a cell learnt, or the plan of a cell."""

    place: str
    """the folder of the cell"""
    result: Result
    digest: str
    """SHA-256 of its settings and numbers, in hexadecimal"""

    @classmethod
    def read(cls, place: str | Path) -> Self:
        """The expert in the folder of a cell. Raises `SettingError` if it holds no whole result."""
        place = one_path("expert", place)
        try:
            result = cell_folder.load(place)
        except ValueError as error:
            requirement = f"must be the folder of a cell, in RESULTS/cells: {error}"
            raise SettingError("expert", place, requirement) from None
        digest = hashlib.sha256()
        for name in ("config.yaml", "data.npz"):
            digest.update((place / name).read_bytes())
        return cls(str(place), result, digest.hexdigest())

    @cached_property
    def agent(self) -> Agent:
        """The agent that learnt the policy."""
        from rlnotes.simulation.learnt_policy import made_again

        made: Agent = made_again("agent", self.result.settings)
        return made

    def playing(self, env: Environment, runs: int) -> Agent:
        """An agent that plays the policy in every run. Raises `SettingError` if it stores none for `env`."""
        from rlnotes.simulation.learnt_policy import player

        return player(self.agent, env, self.result, run=0, copies=runs)


def given_expert(expert: Expert | None, agent: object) -> Expert | None:
    """The expert for an agent, if it asks one."""
    return expert if isinstance(agent, ExpertAgent) else None


def require_expert(cell: "Cell") -> None:
    """Raise `SettingError` if an agent that asks an expert has none, or one that cannot play its task."""
    agent, env, expert = catalog.name(cell.agent), catalog.name(cell.env), cell.expert
    if not isinstance(cell.agent, ExpertAgent):
        cell.require("expert", expert is None, f"agent={agent} asks no expert")
        return
    if expert is None:
        requirement = f"must be set for agent={agent}, which asks an expert: the folder of a cell, in RESULTS/cells"
        raise SettingError("expert", "null", requirement)
    if expert.result.settings["env"]["name"] != env:
        found = f"learnt on {expert.result.settings['env']['name']}, and env={env}"
        raise SettingError("expert", expert.place, found)
    try:
        expert.playing(cell.env, 1)
    except SettingError as error:
        raise SettingError("expert", expert.place, f"cannot play env={env}: {error}") from None
