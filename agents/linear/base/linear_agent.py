"""The base class of agents whose values are linear in features."""

from abc import abstractmethod
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from gymnasium import Space
from gymnasium.spaces import Box, Discrete

from rlnotes.agents.base.agent import Agent, Problem, ProblemError, Transition, require_finite_actions
from rlnotes.agents.linear.base.features import MOST_BYTES, Description, Features, features_of
from rlnotes.base.memory_check import require_memory
from rlnotes.base.random_streams import uniforms


@dataclass
class LinearAgent(Agent):
    """An agent with values wᵀ x(s) of features x of the observation; `choose` acts, `improve` learns.

    `w` [runs, size, columns] are the weights. `x` and `next_x` are the features of the observations before and after
    a step.
    """

    copies = 1  # number of arrays of the size of w that the agent stores, about

    features: Any = None
    """one_hot, aggregation:GROUPS, polynomial:ORDER, fourier:ORDER, tiles:TILINGSxTILES, tiles:TILINGSxTILES:SIZE (of
    hashed tiles), radial:CENTRES, radial:CENTRES:WIDTH, or [[the features] of each state]; numbers per dimension are
    joined by x, such as tiles:8x10x20; null: those of the example that the environment is, else one_hot, or in
    a Box tiles:8x8, hashed into 65,536 features if an observation has more than four numbers"""

    ranges: Any = None
    """[[LOW, HIGH], ...] of the numbers of an observation, for features of a Box; null: the bounds of the Box"""

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.features, str):
            Description.parse(self.features)
        elif self.features is not None:
            self.features = self.rows("features", "rows of numbers, one row of features for each state")
        if self.ranges is not None:
            self.ranges = self.rows("ranges", "[[LOW, HIGH], ...] with LOW below HIGH, or null")
            fits = all(len(row) == 2 and row[0] < row[1] for row in self.ranges)
            self.require("ranges", fits, "must be [[LOW, HIGH], ...] with LOW below HIGH, or null")

    def rows(self, setting: str, meaning: str) -> list[list[float]]:
        """A setting as the rows of a matrix of finite numbers; raises `SettingError` if it is no such matrix."""
        try:
            given = np.asarray(getattr(self, setting))
            fits = given.ndim == 2 and given.size > 0 and given.dtype.kind in "iuf" and bool(np.isfinite(given).all())
        except ValueError:  # rows of different lengths
            fits = False
        self.require(setting, fits, f"must be {meaning}")
        found: list[list[float]] = given.tolist()
        return found

    def inferred(self, problem: Problem) -> dict[str, Any]:
        if self.features is not None or problem.prediction:
            return {}
        return {"features": default_features(problem.observation_space)}

    def described(self, problem: Problem) -> Features:
        """The features in a problem; raises `ProblemError` if they do not fit its observations."""
        given = self.features
        if given is None and problem.prediction:
            given = problem.prediction.features
        if given is None:
            given = default_features(problem.observation_space)
        return features_of(given, self.ranges, problem.observation_space)

    def check(self, problem: Problem) -> None:
        super().check(problem)
        self.check_actions(problem)
        self.described(problem)
        self.check_discount(problem)

    def check_actions(self, problem: Problem) -> None:
        """Raise `ProblemError` if the agent has no policy for these actions."""
        require_finite_actions(problem)

    def check_discount(self, problem: Problem) -> None:
        """Raise `ProblemError` if the discount does not fit what the agent learns."""
        model = problem.model
        if model and problem.discount == 1 and not model.ends and problem.time_limit is None:
            raise ProblemError("needs env.discount below 1 there, since with γ = 1 and no end returns are infinite")

    @property
    @abstractmethod
    def columns(self) -> int:
        """Number of columns of w, after `begin`."""

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.problem, self.runs, self.uniforms = problem, problem.runs, uniforms(rng, problem.runs)
        space = problem.action_space  # a Box has actions without numbers
        self.first_action, self.actions = (int(space.start), int(space.n)) if isinstance(space, Discrete) else (0, 0)
        self.basis, self.t, self.every_run = self.described(problem), 0, np.arange(self.runs)
        self.seen: Any = None  # the observation of `next_x`, if no episode has ended
        self.w = self.table()

    def table(self) -> np.ndarray:
        """New weights [runs, size, columns], all 0. Raises `SettingError` if they do not fit into memory."""
        size = 8 * self.copies * self.runs * self.basis.size * self.columns
        named = self.features if isinstance(self.features, str) else f"{self.basis.size} of them"
        require_memory("agent.features", named, min(size, MOST_BYTES))
        return np.zeros((self.runs, self.basis.size, self.columns))

    def act(self, observation: Any) -> np.ndarray:
        if observation is self.seen:
            self.x = self.next_x
        else:
            self.x = self.basis.of(observation)
        action = self.choose(observation)
        return action + self.first_action if self.first_action else action

    @abstractmethod
    def choose(self, observation: Any) -> np.ndarray:
        """The numbers of the actions [runs] for the observations [runs, ...], whose features are `x`."""

    def update(self, transition: Transition) -> None:
        observation, action, reward, following, terminated, truncated = transition
        self.next_x, self.seen = self.basis.of(following), following
        self.t += 1
        action = action - self.first_action if self.first_action else action
        with np.errstate(over="ignore", invalid="ignore"):  # the next step refuses weights that are not finite
            self.improve(Transition(observation, action, reward, following, terminated, truncated))

    @abstractmethod
    def improve(self, step: Transition) -> None:
        """Learn from one step of every run, with numbers for its actions."""

    def discount(self, step: Transition) -> np.ndarray:
        """γ, or 0 in runs whose episode terminated [runs]."""
        return self.problem.discount * ~step.terminated


def default_features(space: Space[Any]) -> str:
    """The features of a space where no setting says them: at most 65,536 in a Box, of any number of dimensions."""
    if not isinstance(space, Box):
        return "one_hot"
    return "tiles:8x8" if prod(space.shape) <= 4 else "tiles:8x8:65536"
