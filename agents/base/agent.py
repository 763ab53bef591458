"""The contract of an agent."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np
from gymnasium import Space
from gymnasium.spaces import Discrete
from gymnasium.vector import VectorEnv

from rlnotes.base.errors import SettingError, require_kinds
from rlnotes.envs.base.rewards import UNKNOWN, Rewards

if TYPE_CHECKING:
    from rlnotes.envs.mdps.base.model import Model


@dataclass(frozen=True)
class Problem:
    """What an agent is told before it begins."""

    observation_space: Space[Any]
    """of one run"""
    action_space: Space[Any]
    """of one run"""
    runs: int
    horizon: int | None
    """steps n of every run; None where runs go on until they have had so many episodes"""
    discount: float = 1.0
    """γ of the return [notes 2.2]"""
    model: "Model | None" = None
    """the transitions, of a finite MDP whose model is known"""
    time_limit: int | None = None
    """steps after which an episode is truncated; None: none"""
    rewards: Rewards = UNKNOWN
    """what is known of them, of a bandit"""


class Transition(NamedTuple):
    """One step of every run; each field is [runs, ...]."""

    observation: Any
    action: Any
    reward: np.ndarray
    next_observation: Any
    """what followed: where an episode ended, its last observation"""
    terminated: np.ndarray
    truncated: np.ndarray


class ProblemError(ValueError):
    """An agent was given a problem that it cannot act in; the message says what it needs."""


def require_finite_actions(problem: Problem) -> None:
    """Raise `ProblemError` where actions are not finite in number."""
    if not isinstance(problem.action_space, Discrete):
        raise ProblemError(f"needs a finite set of actions, Discrete(k), not {problem.action_space}")


@dataclass
class Agent:
    """A batch of independent learners, one a run.

    The fields are the hyper-parameters, the same in Python and on the command line (`agent.FIELD=`); a value that one
    may not have raises `SettingError` when the agent is made. What is learnt is set up by `begin` and kept in other
    attributes, so that one agent can be started again and again.

    Actions are [runs]. A run does not depend on its neighbours.
    """

    packages: ClassVar[tuple[str, ...]] = ()
    """what else computes its numbers, so that their versions are noted"""

    def require_kinds(self) -> None:
        """Raise `SettingError` where a setting is of another kind than the one that it is declared to be of."""
        require_kinds(self)

    def require_whole(self, setting: str, least: int) -> None:
        """Raise `SettingError` where a setting is not a whole number, `least` or more."""
        value = getattr(self, setting)
        if not isinstance(value, Integral) or value < least:
            raise SettingError(setting, value, f"must be a whole number, {least} or more")

    def require_probability(self, setting: str) -> None:
        """Raise `SettingError` where a setting is not from 0 to 1."""
        if not 0 <= getattr(self, setting) <= 1:
            raise SettingError(setting, getattr(self, setting), "must be from 0 to 1")

    def check(self, problem: Problem) -> None:
        """Raise `ProblemError` where the agent cannot act in `problem`."""

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        """Forget everything and prepare for `problem`; `rng` is the agent's own luck."""
        self.check(problem)

    def act(self, observation: Any) -> np.ndarray:
        """The actions [runs] in the states observed [runs, ...]."""
        raise NotImplementedError

    def update(self, transition: Transition) -> None:
        """Learn from one step of every run: bootstrap on `~terminated`, never on `truncated`."""

    def greedy(self, runs: np.ndarray) -> np.ndarray:
        """The greedy policy [len(runs), states] that each of these runs has learnt, of an agent that learns one."""
        raise NotImplementedError

    @property
    def plans(self) -> bool:
        """Whether it has such a policy."""
        return type(self).greedy is not Agent.greedy

    def frozen(self) -> "Agent | None":
        """Who plays greedily what was learnt, and learns no more; None where there is none."""
        return None

    def checkpoint(self) -> bytes:
        """All that changes while it learns, of an agent that can `go_on` from there."""
        raise NotImplementedError

    def resume(self, checkpoint: bytes) -> None:
        """Go on from such a state, once begun; `ValueError` where it is none, or of another agent."""
        raise NotImplementedError

    @property
    def stride(self) -> int:
        """Steps after which it can go on from its state to the same numbers, and after as many again, and so on."""
        return 1

    @property
    def resumes(self) -> bool:
        """Whether it can."""
        return type(self).checkpoint is not Agent.checkpoint

    def log(self, folders: Sequence[Path]) -> AbstractContextManager[None]:
        """Write how learning goes, into a folder a run, for TensorBoard, while this lasts; once begun, where it can."""
        raise NotImplementedError

    @property
    def logs(self) -> bool:
        """Whether it can."""
        return type(self).log is not Agent.log

    def recall(self, learnt: dict[str, np.ndarray]) -> None:
        """Know what such an agent reported, once begun, to play by it; `ValueError` where it reports no such thing."""
        raise ValueError("keeps nothing that can be played by")

    def report(self) -> dict[str, np.ndarray]:
        """What is to be kept beside what was recorded: of a planner its plan."""
        return {}

    def learn(self, env: VectorEnv, steps: int) -> None:
        """Act in `env` and learn, for so many steps of every run."""
        observation, _ = env.reset()
        self.go_on(env, observation, steps)

    def go_on(self, env: VectorEnv, observation: Any, steps: int) -> Any:
        """The same where this is observed, and what is observed at last: the project's one loop."""
        for _ in range(steps):
            action = self.act(observation)
            following, reward, terminated, truncated, info = env.step(action)
            last = info.get("final_obs", following)
            if last.dtype.hasobject:  # as Gymnasium has it, nothing where a run goes on
                ended, final = terminated | truncated, last
                last = following.copy()
                last[ended] = np.stack(final[ended])
            self.update(Transition(observation, action, reward, last, terminated, truncated))
            observation = following
        return observation
