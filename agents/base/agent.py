"""The contract of an agent: the problem it gets, the steps it sees, its methods."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

import numpy as np
from gymnasium import Space
from gymnasium.spaces import Discrete
from gymnasium.vector import VectorEnv

from rlnotes.base.configured import Configured
from rlnotes.base.elements import as_array
from rlnotes.base.record import Record
from rlnotes.envs.base.actions import ActionMask
from rlnotes.envs.base.environment import Environment
from rlnotes.envs.base.prediction_task import PredictionTask
from rlnotes.envs.base.rewards import UNKNOWN, Rewards

if TYPE_CHECKING:
    from rlnotes.envs.mdps.base.model import Model


@dataclass(frozen=True)
class Problem:
    """The facts that an agent knows before it begins."""

    observation_space: Space[Any]
    """of one run"""
    action_space: Space[Any]
    """of one run"""
    runs: int
    horizon: int | None
    """steps n of every run; None: the run ends after a number of episodes instead"""
    discount: float = 1.0
    """γ of the return [notes 2.2]"""
    model: "Model | None" = None
    """the model of a finite MDP, if it is known and its states are observed"""
    time_limit: int | None = None
    """steps after which an episode is truncated; None: never"""
    rewards: Rewards = UNKNOWN
    """known facts about the rewards of a bandit"""
    masks: np.ndarray | None = None
    """the actions that the environment allows in each state of the model [states, actions]; None: all, or not known"""
    prediction: PredictionTask | None = None
    """the features and policies of an example; None: it has none"""

    @classmethod
    def of(cls, environment: Environment, runs: VectorEnv, horizon: int | None) -> Self:
        """The problem of an agent that plays these `runs` of an environment."""
        return cls(
            runs.single_observation_space,
            runs.single_action_space,
            runs.num_envs,
            horizon,
            environment.discount,
            environment.observed_model,
            environment.time_limit,
            environment.rewards,
            environment.masks,
            environment.prediction,
        )


class Transition(NamedTuple):
    """One step of every run; each field is [runs, ...]."""

    observation: Any
    action: Any
    reward: np.ndarray
    next_observation: Any
    """the observation after the step; the last one of the episode if it ended"""
    terminated: np.ndarray
    truncated: np.ndarray


ALL: np.ndarray | None = None
"""the mask that allows all actions"""

SET_LIMIT = "set env.time_limit, or env.max_episode_steps of an id of Gymnasium's"
"""how episodes get a time limit"""


class ProblemError(ValueError):
    """The agent cannot act in the problem; the message names the requirement."""


def require_finite_actions(problem: Problem) -> None:
    """Raise `ProblemError` unless the number of actions is finite."""
    if not isinstance(problem.action_space, Discrete):
        raise ProblemError(f"needs a finite set of actions, Discrete(k), not {problem.action_space}")


DECLARED_BY = {
    "greedy": "learns_policy",
    "frozen": "plays_frozen",
    "checkpoint": "resumable",
    "log": "logs",
    "probability_of": "knows_probability",
}
"""the attribute that declares the ability to call a method"""


@dataclass
class Agent(Configured, ABC):
    """A batch of independent learners, one per run.

    The fields are the hyper-parameters, the same in Python and on the command line (`agent.FIELD=`). A wrong value
    raises `SettingError` when the agent is made. `begin` creates everything that the agent learns, in other attributes,
    so one agent can begin several times.

    Actions are [runs]. A run does not depend on its neighbours.

    The attributes below declare the abilities of an agent besides `act` and `update`.
    """

    step_size_setting: ClassVar[str | None] = None
    """the setting that the error names if learnt values diverge"""

    seeks_return = True
    """it learns to make returns large, so the best possible return is a fair comparison"""
    learns_policy = False
    """it has a `greedy` policy for the states of a finite MDP"""
    plays_masked = False
    """it plays available actions only, where the observation is an `ActionMask`"""
    plays_frozen = False
    """it has `frozen`"""
    resumable = False
    """it has `checkpoint` and `resume`"""
    resume_interval = 1
    """resuming is exact only after multiples of this many steps"""
    logs = False
    """it has `log`, and writes its scores too"""
    knows_probability = False
    """it has `probability_of`"""
    watched = False
    """whether somebody reads `measurements`, which only then cost time"""
    begun = False
    """whether `begin` was called, here and in every base class"""
    forkable = True
    """forked copies of this process may compute blocks of its runs"""
    device_kind = "cpu"
    """the kind of device that computes: cpu or cuda; the name of a cell has it"""

    allowed = ALL
    """during `act`: the actions that `info["action_mask"]` allows now [runs, actions]; None if it is not given"""
    next_allowed = ALL
    """during `update`: those after the step, in the last state of an episode that ended"""

    def __init_subclass__(cls) -> None:
        """Raise `TypeError` if a class defines an ability without declaring it, since nothing would use it."""
        super().__init_subclass__()
        for method, attribute in DECLARED_BY.items():
            if method in vars(cls) and getattr(cls, attribute) is False:
                raise TypeError(f"{cls.__name__} defines {method}() and must declare {attribute} = True")

    def __post_init__(self) -> None:
        """Require that every setting has the type of its field. Subclasses call this first, then check the values."""
        self.require_kinds()

    def check(self, problem: Problem) -> None:
        """Raise `ProblemError` if the agent cannot act in `problem`. Subclasses call this first."""
        if isinstance(problem.observation_space, ActionMask) and not self.plays_masked:
            raise ProblemError("needs all actions in every step, and here some are not available")

    def inferred(self, problem: Problem) -> dict[str, Any]:
        """The values that `problem` gives to settings that are null, for config.yaml and labels."""
        return {}

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        """Forget everything and prepare for `problem`; `rng` gives the agent's own random numbers.

        Subclasses call this first.
        """
        self.begun = True
        self.allowed = self.next_allowed = ALL
        self.check(problem)

    @abstractmethod
    def act(self, observation: Any) -> np.ndarray:
        """The actions [runs] for the observations [runs, ...]."""

    def probability_of(self, action: np.ndarray) -> np.ndarray:
        """π(A|S) [runs] of the actions that the last `act` chose, until `update`, if the agent `knows_probability`."""
        raise NotImplementedError

    def update(self, transition: Transition) -> None:
        """Learn from one step of every run: bootstrap on `~terminated`, never on `truncated`."""

    def learn(self, env: VectorEnv, steps: int) -> None:
        """Reset `env`, then act and learn for `steps` steps of every run."""
        observation, info = env.reset()
        self.allowed = info.get("action_mask")
        self.go_on(env, observation, steps)

    def go_on(self, env: VectorEnv, observation: Any, steps: int) -> Any:
        """Continue from `observation` for `steps` steps; return the last observation. The project's one loop."""
        for _ in range(steps):
            action = as_array(self.act(observation))
            following, reward, terminated, truncated, info = env.step(action)
            last, allowed = following, None
            if info:
                last, allowed = info.get("final_obs", following), info.get("action_mask")
            if allowed is not None:
                self.next_allowed = info.get("final_mask", allowed)
            self.update(Transition(observation, action, reward, last, terminated, truncated))
            observation, self.allowed = following, allowed
        return observation

    def report(self) -> Record:
        """Arrays that the result stores besides the recorded ones, such as the plan of a planner.

        An array under a name of your own has a row per run, or is one number for all runs.
        """
        return Record()

    def greedy(self, runs: np.ndarray) -> np.ndarray:
        """The greedy policy [len(runs), states] of each of these runs, of an agent that `learns_policy`."""
        raise NotImplementedError

    def learned_values(self, runs: np.ndarray) -> np.ndarray | None:
        """V, or max_a Q, [len(runs), states] of an agent that `learns_policy`; None if it learns no values."""
        return None

    def frozen(self, sampled: bool) -> "Agent":
        """An agent that plays the learnt policy and does not learn: the greedy one, or as this agent acts.

        It begins with the first observations of episodes.
        """
        raise NotImplementedError

    def recall(self, learnt: Record) -> None:
        """Take over the report of an equal agent, after `begin`, so that `frozen` plays its policy.

        Raises `ValueError` if the report holds no policy to play.
        """
        raise ValueError("stores no policy that can be played")

    def checkpoint(self) -> bytes:
        """Everything that changes during learning, of an agent that is `resumable`."""
        raise NotImplementedError

    def resume(self, checkpoint: bytes) -> None:
        """Return to the state of a checkpoint, after `begin`; `ValueError` if another agent wrote it."""
        raise NotImplementedError

    def measurements(self) -> dict[str, np.ndarray]:
        """What it measured while it learnt since the last call, such as its loss, by name [runs]; for TensorBoard."""
        return {}

    def log(self, folders: Sequence[Path]) -> AbstractContextManager[None]:
        """While the context lasts, write the course of learning for TensorBoard, one folder per run; after `begin`."""
        raise NotImplementedError
