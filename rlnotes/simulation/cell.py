"""One cell of a comparison: one agent on one environment, many runs."""

import hashlib
import json
import re
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property
from os.path import isfile
from pathlib import Path
from typing import Any

from gymnasium.spaces import Discrete

from rlnotes import catalog
from rlnotes.agents.base.agent import SET_LIMIT, Agent, Problem, ProblemError
from rlnotes.base.configured import Configured
from rlnotes.base.errors import SettingError
from rlnotes.base.memory_check import require_memory
from rlnotes.data.dataset import Dataset
from rlnotes.envs.base.environment import Environment
from rlnotes.envs.base.instead import instead
from rlnotes.envs.registered import Registered
from rlnotes.settings import Settings
from rlnotes.simulation.fingerprint import fingerprint
from rlnotes.simulation.given_data import require_fitting
from rlnotes.simulation.given_expert import Expert, require_expert
from rlnotes.simulation.ground_truth import GroundTruth
from rlnotes.simulation.plain_values import plain
from rlnotes.simulation.recorder import record_size
from rlnotes.simulation.source import UncoveredError

BLOCK = 1_000
"""runs that are simulated together"""
EVALUATION_EPISODES = 20
"""episodes that a run plays after learning, at most, unless their number is given"""
UNCOVERED = "computed every time"
"""the setting of a cell whose name cannot cover its code; its value is the reason"""


@dataclass(frozen=True)
class Cell(Configured):
    """One agent on one environment: `runs` independent runs of `steps` steps each, or `episodes`, from one seed.

    Raises `SettingError` if a number is out of range or the agent cannot act in the environment.
    """

    agent: Agent
    env: Environment
    steps: int = Settings.steps
    runs: int = Settings.runs
    seed: int = Settings.seed
    episodes: int | None = Settings.episodes
    precision: float | None = Settings.precision
    evaluation_episodes: int | None = Settings.evaluation_episodes
    evaluation_policy: str = Settings.evaluation_policy
    data: Dataset | None = None
    """the recorded data of an agent that learns from data"""
    expert: Expert | None = None
    """the expert of an agent that asks one"""

    def __post_init__(self) -> None:
        require_kind("agent", self.agent, Agent)
        require_kind("env", self.env, Environment)
        for setting, least in {"steps": 1, "runs": 1, "seed": 0}.items():
            self.require_whole(setting, least)
        self.require_choice("evaluation_policy", ["greedy", "sampled"])
        for setting, least in {"episodes": 1, "evaluation_episodes": 0}.items():
            if getattr(self, setting) is not None:
                self.require_whole(setting, least)
        if self.precision is not None:
            between = isinstance(self.precision, float) and 0 < self.precision < 1
            self.require("precision", between, "must be between 0 and 1, or null")
            requirement = f"needs runs={BLOCK} or more, since it adds {BLOCK:,} runs at a time; there are {self.runs}"
            self.require("precision", self.runs >= BLOCK, requirement)
        self.check_env()
        require_memory_for_record(self)
        require_fitting_agent(self)

    def check_env(self) -> None:
        """Raise `SettingError` if the environment does not allow such runs."""
        if self.episodes and self.env.endless:
            raise SettingError("episodes", self.episodes, f"never end in env={catalog.name(self.env)}; set steps")
        try:
            self.env.check_steps(self.steps)
            self.env.check_memory(min(self.runs, BLOCK))
        except SettingError as error:
            raise error.within("env") from None

    def __str__(self) -> str:
        changed = [
            f"{key}={getattr(self, key)}"
            for key in (*self.extent, "runs", "seed", "precision")
            if getattr(self, key) != getattr(Cell, key)
        ]
        return ", ".join([f"{catalog.describe(self.agent)} on {catalog.describe(self.env)}", *changed])

    @cached_property
    def problem(self) -> Problem:
        """The facts that the agent knows in a block of runs."""
        with closing(self.env.batch(1)) as one:
            return replace(Problem.of(self.env, one, self.horizon), runs=min(self.runs, BLOCK))

    @cached_property
    def ground_truth(self) -> GroundTruth:
        """The known facts about the task."""
        if self.env.model is None:
            return GroundTruth(self.agent, self.env)
        from rlnotes.simulation.model_truth import ModelTruth

        return ModelTruth(self.agent, self.env)

    @property
    def extent(self) -> dict[str, int]:
        """The length of a run as a setting: `episodes` if given, otherwise `steps`."""
        return {"episodes": self.episodes} if self.episodes else {"steps": self.steps}

    @property
    def horizon(self) -> int | None:
        """Steps of a run; None if it has a number of episodes instead."""
        return self.extent.get("steps")

    @property
    def forkable(self) -> bool:
        """Whether several processes may compute its blocks: the numbers of a block depend on no other block then."""
        return self.agent.forkable and not isinstance(self.env, Registered)

    @property
    def work(self) -> int:
        """Steps, or episodes, of all runs together."""
        return self.runs * (self.episodes or self.steps)

    @property
    def evaluation(self) -> dict[str, Any]:
        """The settings of the episodes after learning; empty if the agent plays none."""
        if not self.agent.plays_frozen or self.evaluation_episodes == 0 or self.env.regret_against is not None:
            return {}
        learnt = self.episodes or self.steps // (self.env.time_limit or 1)  # at least
        usual = max(1, min(EVALUATION_EPISODES, learnt))
        return {"evaluation_episodes": self.evaluation_episodes or usual, "evaluation_policy": self.evaluation_policy}

    @property
    def chosen(self) -> dict[str, Any]:
        """The settings that a user chooses."""
        env = {**catalog.identity(self.env), **self.env.setting_values(), **self.env.contents}
        return {
            "agent": {**catalog.identity(self.agent), **self.agent.setting_values()},
            "inferred": self.agent.inferred(self.problem),
            "env": env,
            "steps": self.horizon,
            "episodes": self.episodes,
            "runs": self.runs,
            "seed": self.seed,
            "precision": self.precision,
            **self.evaluation,
            **({"data": self.data.digest} if self.data else {}),
            **({"expert": self.expert.digest} if self.expert else {}),
        }

    @property
    def covered(self) -> dict[str, Any]:
        """The fingerprint of the code as it is now, and the kind of device.

        Code without a file has no fingerprint. Then the dictionary has the reason, and the identities of the classes,
        so that two classes of this process never have the same settings.
        """
        values = [*self.agent.setting_values().values(), *self.env.setting_values().values()]
        files = [Path(value).read_bytes() for value in values if isinstance(value, str | Path) and isfile(value)]
        asked = [type(self.expert.agent)] if self.expert else []
        made_by, objects = (type(self.agent), *self.env.made_by, *asked), plain(self.chosen)[1]
        try:
            code = fingerprint(*made_by, objects, files, finite=self.env.model is not None)._asdict()
            return code | {"device": self.agent.device_kind}
        except UncoveredError as error:
            return {UNCOVERED: str(error), "identities": [id(thing) for thing in made_by]}

    @cached_property
    def settings(self) -> dict[str, Any]:
        """Everything that decides the numbers, as plain values: the content of config.yaml."""
        return plain(self.chosen)[0] | self.covered

    @property
    def changed(self) -> bool:
        """Whether its code or a variable has changed since it was named."""
        return any(self.settings.get(key) != value for key, value in self.covered.items())

    @cached_property
    def name(self) -> str:
        """Name of the cell's folder."""
        return name_of(self.settings)


def name_of(settings: dict[str, Any]) -> str:
    """Name of a cell's folder, <`stem_of` the cell>-<runs>, and -<precision> if it has one."""
    numbers = [settings["runs"], *([] if settings["precision"] is None else [settings["precision"]])]
    return "-".join([stem_of(settings), *map(str, numbers)])


def stem_of(settings: dict[str, Any]) -> str:
    """The beginning of the names of cells that differ only in their number of runs, <agent>-<env>-<hash>."""
    of_a_run = {**settings, "runs": None, "precision": None}
    digest = hashlib.sha256(json.dumps(of_a_run, sort_keys=True).encode()).hexdigest()
    names = (re.sub(r"[^\w.-]", "_", settings[group]["name"]) for group in catalog.CATALOGS)
    return f"{'-'.join(names)}-{digest[:12]}"


def require_kind(setting: str, thing: object, kind: type[Configured]) -> None:
    """Raise `SettingError` unless the value of a setting is an object of this kind."""
    if not isinstance(thing, kind):
        if isinstance(thing, type) and issubclass(thing, kind):
            raise SettingError(setting, thing.__name__, f"must be an object; write {thing.__name__}()")
        hint = instead_of(thing) if kind is Environment else None
        requirement = f"must be an object of a subclass of {kind.__name__}{f', or an id; {hint}' if hint else ''}"
        raise SettingError(setting, type(thing).__name__, requirement)


def instead_of(thing: object) -> str | None:
    """What to write instead of a thing that is no environment, if that is known."""
    from rlnotes.envs.mdps.base.model import Model

    return "write ModelEnv(model)" if isinstance(thing, Model) else instead(thing)


def require_fitting_agent(cell: Cell) -> None:
    """Raise `SettingError` if the agent does not fit the environment."""
    try:
        cell.agent.check(cell.problem)
    except ProblemError as error:
        requirement = f"does not fit env={catalog.name(cell.env)}: it {error}"
        raise SettingError("agent", catalog.name(cell.agent), requirement) from None
    require_fitting(cell)
    require_expert(cell)
    _ = cell.ground_truth.value  # which may raise `SettingError`
    if cell.env.endless and cell.env.regret_against is None and not plans(cell.agent):
        requirement = f"must be set: no episode ends there, and returns are of episodes; {SET_LIMIT}"
        raise SettingError("env.time_limit", "null", requirement)


def plans(agent: Agent) -> bool:
    """Whether an agent is a planner."""
    from rlnotes.agents.planning.base.planner import Planner

    return isinstance(agent, Planner)


def require_memory_for_record(cell: Cell) -> None:
    """Raise `SettingError` if the record of all runs does not fit into memory."""
    actions = cell.problem.action_space
    arms = int(actions.n) if isinstance(actions, Discrete) else 0
    of_one_run = record_size(cell.horizon, cell.episodes, cell.env.regret_against is not None, arms)
    evaluated = record_size(None, cell.evaluation.get("evaluation_episodes"), with_regret=False, arms=0)
    require_memory("episodes", cell.episodes, of_one_run)
    require_memory("evaluation_episodes", cell.evaluation_episodes, evaluated)
    require_memory("runs", cell.runs, 2 * cell.runs * (of_one_run + evaluated))  # once in blocks, once pooled
    states = cell.problem.observation_space
    if isinstance(states, Discrete):  # visits, in blocks and pooled
        require_memory("env", catalog.name(cell.env), 16 * int(states.n) * -(-cell.runs // BLOCK))
