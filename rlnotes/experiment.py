"""One cell of a comparison: one agent on one environment, many runs."""

import hashlib
import json
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import version
from numbers import Integral
from typing import Any, Protocol

import numpy as np
from gymnasium.vector import VectorEnv

from rlnotes import catalog
from rlnotes.agents.agent import Agent, Problem, ProblemError
from rlnotes.agents.planning.backward_induction import BackwardInduction
from rlnotes.agents.planning.modified_policy_iteration import ModifiedPolicyIteration
from rlnotes.agents.planning.plan import Plan
from rlnotes.agents.planning.planner import Planner
from rlnotes.agents.random import Random
from rlnotes.agents.tabular.prediction_agent import PredictionAgent
from rlnotes.checkpoint import Checkpoint
from rlnotes.conf.settings import Settings
from rlnotes.envs.bandit import Bandit
from rlnotes.envs.errors import SettingError
from rlnotes.envs.mdps.linear import reached, solve
from rlnotes.envs.mdps.model import Model
from rlnotes.envs.mdps.start_values import start_values
from rlnotes.envs.registered import Registered
from rlnotes.envs.rewards import UNKNOWN
from rlnotes.recorder import Complete, Judge, Recorder
from rlnotes.results import Result
from rlnotes.source import fingerprint

BLOCK = 1_000
"""runs that are simulated together"""
GREEDY_RUNS, GREEDY_POINTS = 100, 40
"""runs of a block whose greedy policies are evaluated, and how often"""
ERROR_POINTS = 200
"""how often the error of a value is, where runs are told their steps; else it is after every episode"""
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

    def __post_init__(self) -> None:
        for setting, least in (("steps", 1), ("episodes", 1), ("runs", 1), ("seed", 0)):
            value = getattr(self, setting)
            if (setting, value) != ("episodes", None) and (not isinstance(value, Integral) or value < least):
                raise SettingError(setting, value, f"must be a whole number, {least} or more")
        if self.episodes and (self.endless or isinstance(self.env, Bandit)):
            raise SettingError("episodes", self.episodes, f"never end in env={catalog.name(self.env)}; set steps")
        try:
            with closing(self.env.batch(1)) as env:
                self.agent.check(self.problem(env))
        except ProblemError as error:
            requirement = f"does not fit env={catalog.name(self.env)}: it {error}"
            raise SettingError("agent", catalog.name(self.agent), requirement) from None
        _ = self.true_value  # which may be refused
        if self.endless and not isinstance(self.agent, Planner):
            what = "must be set: no episode ends there, and returns are of episodes"
            raise SettingError("env.time_limit", "null", what)

    def __str__(self) -> str:
        changed = [
            f"{key}={getattr(self, key)}"
            for key in (*self.extent, "runs", "seed")
            if getattr(self, key) != getattr(Cell, key)
        ]
        return ", ".join([f"{catalog.describe(self.agent)} on {catalog.describe(self.env)}", *changed])

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
        env = {"name": catalog.name(self.env), **catalog.settings(self.env)}
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
            "source": fingerprint((Cell, Recorder, type(self.agent), maker)),
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
        self, advance: Callable[[int], None] = lambda steps: None, checkpoint: Checkpoint | None = None
    ) -> Result:
        """Run the cell; `advance` is told of the steps done, of all runs.

        It goes on from the `checkpoint`, if there is one, where the agent can; else a warning says that it cannot.

        Runs are simulated in blocks of `BLOCK`. Block b has luck of its own, that of the environment and that of the
        agent, which are the children of SeedSequence(seed, spawn_key=(b,)): so no number depends on how the work was
        spread, more runs extend fewer where those fill their blocks, and under one seed every agent meets the same
        problem instances and noise.
        """
        if checkpoint and not self.agent.resumes:
            what = f"agent={catalog.name(self.agent)} keeps no checkpoints; where it is stopped it begins anew"
            checkpoint = warnings.warn(what, stacklevel=2)
        blocks, seconds = [], 0.0
        clock: Sequence[float] = ()
        in_steps = self.episodes is None
        for block, first in enumerate(range(0, self.runs, BLOCK)):
            runs = min(BLOCK, self.runs - first)
            world, own, afterwards = np.random.SeedSequence(self.seed, spawn_key=(block,)).spawn(3)
            agent = replace(self.agent)
            recorder = Recorder(
                self.env.batch(runs),
                **self.extent,
                seed=int(world.generate_state(1, np.uint64)[0]),
                discount=self.env.discount,
                advance=lambda done, runs=runs: advance(done * runs if in_steps else done),  # type: ignore[misc]
                judge=self.judge(agent),
            )
            begin = time.perf_counter()
            agent.begin(self.problem(recorder), np.random.default_rng(own))
            steps = self.extent.get("steps", sys.maxsize)
            with suppress(Complete):
                if checkpoint:
                    seconds += checkpoint.learn(agent, recorder, steps, block)
                else:
                    agent.learn(recorder, steps)
            seconds += time.perf_counter() - begin - recorder.aside
            recorder.close()
            report = agent.report()
            if not np.isfinite(report.get("learned_value", 0.0)).all():
                rate = "alpha" if hasattr(agent, "alpha") else "learning_rate"
                raise SettingError(
                    f"agent.{rate}", getattr(agent, rate, None), "lets the values grow without end there"
                )
            clock = report.pop("clock", np.empty(0)).tolist()
            blocks.append(recorder.data() | report | self.play(agent.frozen(), recorder, afterwards))
        result = Result.of_blocks(self.settings, blocks, seconds, clock)
        if self.model:
            result.data |= self.known(self.model)
        if self.best_return is not None:
            result.data["best_return"] = np.asarray(self.best_return)
        if silent := np.isnan(result.outcome).sum():
            raise SettingError("steps", self.steps, f"too few: no episode ended in {silent} of {self.runs} runs")
        return result

    def play(self, frozen: Agent | None, learnt: Recorder, luck: np.random.SeedSequence) -> dict[str, np.ndarray]:
        """The returns of `PLAYED` episodes by what was learnt; none where their value is known, or they hardly end."""
        if frozen is None or self.optimum or learnt.regret is not None:
            return {}
        recorder = Recorder(self.env.batch(learnt.num_envs), episodes=PLAYED, seed=int(luck.generate_state(1)[0]))
        with suppress(Complete), closing(recorder):
            frozen.learn(recorder, PLAYED * max(1_000, 10 * int(learnt.lengths.max())))
        returns = recorder.data()["returns"]
        return {"greedy_returns": returns} if returns.shape[1] == PLAYED and np.isfinite(returns).all() else {}

    @cached_property
    def optimum(self) -> Plan | None:
        """The best that there is to learn, for a learner on a finite MDP whose optimal values are finite."""
        if self.model and self.agent.plans:
            with suppress(SettingError):
                return ModifiedPolicyIteration().plan(self.model)
        return None

    @cached_property
    def true_value(self) -> np.ndarray | None:
        """What there is to learn for an agent that predicts: V_π [states] where π may come to, else NaN."""
        if not self.model or not isinstance(self.agent, PredictionAgent):
            return None
        with closing(self.env.batch(1)) as env:
            transition, reward = self.model.chain(self.agent.chances(self.problem(env)))
        seen = reached(transition, self.model.start)
        value = np.full(len(seen), np.nan)
        try:
            value[seen] = solve(self.model.discount * transition[seen][:, seen], reward[seen])
        except SettingError:
            what = "never ends from some states, so with γ = 1 it has no value; set another, or env.discount below 1"
            raise SettingError("agent.policy", catalog.written(self.agent.policy), what) from None
        return value

    def error(self, value: np.ndarray) -> np.ndarray:
        """√(mean_s [V(s) − V_π(s)]²) [runs] of values [runs, states], over the states s that π may come to."""
        assert self.true_value is not None
        seen = ~np.isnan(self.true_value)
        with np.errstate(over="ignore"):
            error: np.ndarray = np.sqrt(((value[:, seen] - self.true_value[seen]) ** 2).mean(axis=1))
        return error

    def judge(self, agent: Agent) -> Judge | None:
        """Who tells how far an agent has come, where the model says what there is to learn."""
        model = self.model
        if self.true_value is not None and isinstance(agent, PredictionAgent):
            return Judge("rmse", lambda runs: self.error(agent.value(runs)), BLOCK, self.episodes or ERROR_POINTS)
        if model and self.optimum:
            return Judge(
                "greedy_value", lambda runs: start_values(model, agent.greedy(runs)), GREEDY_RUNS, GREEDY_POINTS
            )
        return None

    @cached_property
    def best_return(self) -> float | None:
        """The largest mean return of an episode, Σ_t R_t, of learners on a finite MDP where it is finite.

        Where states are hidden it is that of the hidden model, of any agent; other environments may know theirs.
        """
        if (known := getattr(self.env, "best_return", None)) is not None:
            return float(known)
        learns = not isinstance(self.agent, Planner | PredictionAgent | Random)
        if self.whole_model and (learns or not self.model):
            with suppress(SettingError):
                model = replace(self.whole_model, discount=1.0)
                limit = self.time_limit
                planner = BackwardInduction(horizon=limit) if limit else ModifiedPolicyIteration()
                return float(model.start @ planner.plan(model).value)
        return None

    def known(self, model: Model) -> dict[str, np.ndarray]:
        """What is known of a finite MDP beside what was recorded: its picture, and what is optimal."""
        known: dict[str, Any] = {}
        if picture := model.picture:
            known |= {
                "grid": picture.grid,
                "text": picture.text,
                "actions": list(picture.actions),
                "final": model.final,
            }
        if self.optimum:
            known |= {"optimal_value": self.optimum.value, "optimal_policy": self.optimum.policy}
            known["optimum"] = model.start @ self.optimum.value
        if self.true_value is not None and isinstance(self.agent, PredictionAgent):
            known["true_value"] = self.true_value
            known["start_rmse"] = self.error(np.full((1, model.states), self.agent.initial))[0]
        return {key: np.asarray(value) for key, value in known.items()}
