"""One cell of a comparison: one agent on one environment, many runs."""

import hashlib
import json
import shutil
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import closing, nullcontext, suppress
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import version
from numbers import Integral
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from gymnasium.vector import VectorEnv

from rlnotes import catalog
from rlnotes.agents.base.agent import Agent, Problem, ProblemError
from rlnotes.agents.planning.base.planner import Planner
from rlnotes.analysis.statistics import precise
from rlnotes.base.errors import SettingError
from rlnotes.envs.bandits.base.bandit import Bandit
from rlnotes.envs.base.rewards import UNKNOWN
from rlnotes.envs.mdps.base.model import Model
from rlnotes.envs.registered import Registered
from rlnotes.settings import Settings
from rlnotes.simulation.checkpoint import Checkpoint
from rlnotes.simulation.fingerprint import fingerprint
from rlnotes.simulation.ground_truth import Truth
from rlnotes.simulation.recorder import Complete, Recorder
from rlnotes.simulation.result import Result

BLOCK = 1_000
"""runs that are simulated together"""
MOST = 1_000_000
"""runs after which no more are added for the sake of precision"""
PLAYED = 20
"""episodes that are played at the end by what was learnt"""


class Environment(Protocol):
    """An environment of this project, or `Registered`: settings from which a batch of any size is made.

    A finite MDP has its `model` too, and an `emission` where its states are not observed; it may have a `time_limit`.
    """

    @property
    def discount(self) -> float: ...

    def batch(self, num_envs: int) -> VectorEnv: ...


@dataclass(frozen=True)
class Cell:
    """One agent on one environment: `runs` independent runs of `steps` steps each, or `episodes`, from one seed.

    Raises `SettingError` where a number is out of range or the agent cannot act in the environment.
    """

    agent: Agent
    env: Environment
    steps: int = Settings.steps
    runs: int = Settings.runs
    seed: int = Settings.seed
    episodes: int | None = Settings.episodes
    precision: float | None = Settings.precision

    def __post_init__(self) -> None:
        for setting, least in (("steps", 1), ("episodes", 1), ("runs", 1), ("seed", 0)):
            value = getattr(self, setting)
            if (setting, value) != ("episodes", None) and (not isinstance(value, Integral) or value < least):
                raise SettingError(setting, value, f"must be a whole number, {least} or more")
        precision: Any = self.precision
        if precision is not None:
            if not isinstance(precision, float) or not 0 < precision < 1:
                raise SettingError("precision", precision, "must be between 0 and 1, or null")
            if self.runs < BLOCK:
                what = f"needs runs={BLOCK} or more, since so many are added at a time; there are {self.runs}"
                raise SettingError("precision", precision, what)
        if self.episodes and (self.endless or isinstance(self.env, Bandit)):
            raise SettingError("episodes", self.episodes, f"never end in env={catalog.name(self.env)}; set steps")
        if isinstance(self.env, Bandit):
            try:
                self.env.check_steps(self.steps)
            except SettingError as error:
                raise error.within("env") from None
        try:
            with closing(self.env.batch(1)) as env:
                self.agent.check(self.problem(env))
        except ProblemError as error:
            requirement = f"does not fit env={catalog.name(self.env)}: it {error}"
            raise SettingError("agent", catalog.name(self.agent), requirement) from None
        _ = self.truth.value  # which may be refused
        if self.endless and not isinstance(self.agent, Planner):
            what = "must be set: no episode ends there, and returns are of episodes"
            raise SettingError("env.time_limit", "null", what)

    def __str__(self) -> str:
        changed = [
            f"{key}={getattr(self, key)}"
            for key in (*self.extent, "runs", "seed", "precision")
            if getattr(self, key) != getattr(Cell, key)
        ]
        return ", ".join([f"{catalog.describe(self.agent)} on {catalog.describe(self.env)}", *changed])

    @cached_property
    def truth(self) -> Truth:
        """What is known of the task."""
        return Truth(self)

    @property
    def model(self) -> Model | None:
        """The model of a finite MDP, where it is known and its states are observed."""
        return self.whole_model if getattr(self.env, "emission", None) is None else None

    @property
    def whole_model(self) -> Model | None:
        """The model of a finite MDP, where it is known, though its states may be hidden."""
        return getattr(self.env, "model", None)

    @property
    def time_limit(self) -> int | None:
        """Steps after which an episode is truncated."""
        return getattr(self.env, "time_limit", None)

    @property
    def endless(self) -> bool:
        """Whether it is known that no episode ends."""
        return self.whole_model is not None and not self.whole_model.ends and self.time_limit is None

    @property
    def extent(self) -> dict[str, int]:
        """How long a run is, as a setting: its episodes where those are given, else its steps."""
        return {"episodes": self.episodes} if self.episodes else {"steps": self.steps}

    def problem(self, env: VectorEnv) -> Problem:
        """What the agent is told of the runs in `env`."""
        return Problem(
            env.single_observation_space,
            env.single_action_space,
            env.num_envs,
            self.extent.get("steps"),
            self.env.discount,
            self.model,
            self.time_limit,
            getattr(self.env, "rewards", UNKNOWN),
        )

    @cached_property
    def settings(self) -> dict[str, Any]:
        """All that decides the numbers, as plain values, which is how they are written to config.yaml."""
        env = {"name": catalog.name(self.env), **catalog.settings(self.env), **getattr(self.env, "contents", {})}
        maker: Any = type(self.env)
        if isinstance(self.env, Registered):
            env["max_episode_steps"] = self.env.time_limit
            maker = self.env.entry_point(self.env.id)
        settings = {
            "agent": {"name": catalog.name(self.agent), **catalog.settings(self.agent)},
            "env": env,
            "steps": self.extent.get("steps"),
            "episodes": self.episodes,
            "runs": self.runs,
            "seed": self.seed,
            "precision": self.precision,
            "source": fingerprint((Cell, Truth, Recorder, type(self.agent), maker)),
            "versions": {
                package: version(package) for package in ("gymnasium", "numba", "numpy", *self.agent.packages)
            },
        }
        plain: dict[str, Any] = json.loads(json.dumps(settings, default=lambda value: value.tolist()))
        return plain

    @cached_property
    def name(self) -> str:
        """Name of the cell's folder, <agent>-<env>-<hash of the settings>."""
        digest = hashlib.sha256(json.dumps(self.settings, sort_keys=True).encode()).hexdigest()
        names = (catalog.name(thing).replace("/", "_") for thing in (self.agent, self.env))
        return f"{'-'.join(names)}-{digest[:12]}"

    def simulate(
        self,
        advance: Callable[[int], None] = lambda steps: None,
        checkpoint: Checkpoint | None = None,
        log: Path | None = None,
    ) -> Result:
        """Run the cell; `advance` is told of the steps done, of all runs.

        It goes on from the `checkpoint`, if there is one, and writes how learning goes into the folder `log`, where the
        agent can; else a warning says that it cannot.

        Runs are simulated in blocks of `BLOCK`, and where a `precision` is asked for in more such blocks, until the
        mean is so precise. Block b has luck of its own, that of the environment and that of the agent, which
        are the children of SeedSequence(seed, spawn_key=(b,)): so no number depends on how the work was spread, more
        runs extend fewer where those fill their blocks, and under one seed every agent meets the same problem
        instances and noise.
        """
        if checkpoint and not self.agent.resumes:
            what = f"agent={catalog.name(self.agent)} keeps no checkpoints; where it is stopped it begins anew"
            warnings.warn(what, stacklevel=2)
            checkpoint = None
        if log and not self.agent.logs:
            warnings.warn(f"agent={catalog.name(self.agent)} writes nothing for TensorBoard", stacklevel=2)
            log = None
        if log and not (checkpoint and checkpoint.folder.exists()):
            shutil.rmtree(log, ignore_errors=True)
        blocks: list[Result] = []
        done = 0
        while done < self.runs or not self.precise(blocks):
            runs = min(BLOCK, self.runs - done) if done < self.runs else BLOCK
            blocks.append(self.block(len(blocks), runs, advance, checkpoint, log))
            done += runs
        result = Result.of_blocks(
            self.settings, [block.data for block in blocks], sum(block.seconds for block in blocks)
        )
        result.clock = blocks[-1].clock
        if self.model:
            result.data |= self.truth.known(self.model)
        if isinstance(self.env, Bandit):
            result.data["regret_against"] = np.asarray(self.env.regret_against)
        if self.truth.best_return is not None:
            result.data["best_return"] = np.asarray(self.truth.best_return)
        return result

    def precise(self, blocks: list[Result]) -> bool:
        """Whether the mean of all blocks is as precise as was asked for; a warning where `MOST` runs are not enough."""
        outcome = np.concatenate([block.outcome for block in blocks])
        enough = self.precision is None or bool(precise(outcome, self.precision))
        if not enough and len(outcome) >= MOST:
            warnings.warn(f"{self}: {len(outcome):,} runs are not enough for precision={self.precision}", stacklevel=3)
            return True
        return enough

    def block(
        self,
        number: int,
        runs: int,
        advance: Callable[[int], None],
        checkpoint: Checkpoint | None,
        log: Path | None,
    ) -> Result:
        """The runs of one block."""
        world, own, afterwards = np.random.SeedSequence(self.seed, spawn_key=(number,)).spawn(3)
        agent = replace(self.agent)
        recorder = Recorder(
            self.env.batch(runs),
            **self.extent,
            seed=int(world.generate_state(1, np.uint64)[0]),
            discount=self.env.discount,
            advance=lambda done: advance(done * runs if self.episodes is None else done),
            judge=self.truth.judge(agent),
        )
        begin, seconds = time.perf_counter(), 0.0
        agent.begin(self.problem(recorder), np.random.default_rng(own))
        steps = self.extent.get("steps", sys.maxsize)
        folders = [log / f"run-{number * BLOCK + run}" for run in range(runs)] if log else []
        with agent.log(folders) if log else nullcontext(), suppress(Complete):
            if checkpoint:
                seconds = checkpoint.learn(agent, recorder, steps, number)
            else:
                agent.learn(recorder, steps)
        seconds += time.perf_counter() - begin - recorder.aside
        recorder.close()
        report = agent.report()
        if not np.isfinite(report.get("learned_value", 0.0)).all():
            rate = "alpha" if hasattr(agent, "alpha") else "learning_rate"
            raise SettingError(f"agent.{rate}", getattr(agent, rate, None), "lets the values grow without end there")
        clock = report.pop("clock", np.empty(0)).tolist()
        data = recorder.data() | report | self.play(agent.frozen(), recorder, afterwards)
        result = Result(self.settings, data, seconds, clock)
        if silent := np.isnan(result.outcome).sum():
            raise SettingError("steps", self.steps, f"too few: no episode ended in {silent} of {runs} runs")
        return result

    def play(self, frozen: Agent | None, learnt: Recorder, luck: np.random.SeedSequence) -> dict[str, np.ndarray]:
        """The returns of `PLAYED` episodes by what was learnt; none where their value is known, or they hardly end."""
        if frozen is None or self.truth.optimum or learnt.regret is not None:
            return {}
        recorder = Recorder(self.env.batch(learnt.num_envs), episodes=PLAYED, seed=int(luck.generate_state(1)[0]))
        with suppress(Complete), closing(recorder):
            frozen.learn(recorder, PLAYED * max(1_000, 10 * int(learnt.lengths.max())))
        returns = recorder.data()["returns"]
        return {"greedy_returns": returns} if returns.shape[1] == PLAYED and np.isfinite(returns).all() else {}
