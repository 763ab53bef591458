"""Models that train themselves in a loop of their own, as learners that are asked for one action at a time."""

from copy import deepcopy
from typing import Any

import gymnasium
import numpy as np
import torch
from greenlet import getcurrent, greenlet
from gymnasium import Space
from gymnasium.spaces import Box, Discrete, MultiDiscrete
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback

from rlnotes.agents.deep.sb3.base.features import Features
from rlnotes.agents.deep.sb3.base.random_state import Luck
from rlnotes.base.errors import SettingError


def from_zero(space: Space[Any]) -> Space[Any]:
    """The same space, where numbers of a finite set start at 0."""
    if isinstance(space, Discrete):
        return Discrete(int(space.n))
    return MultiDiscrete(space.nvec) if isinstance(space, MultiDiscrete) else deepcopy(space)


class World(gymnasium.Env[np.ndarray, Any]):
    """One run of a batch of environments: a step leaves the action to whoever steps the batch, and waits for him.

    Observations are vectors, of bytes or of real numbers: what they mean is known to `Features`.
    """

    observation: np.ndarray
    """with which the next episode begins, where one ended"""

    total, length = 0.0, 0
    """of the rewards of this episode so far, and its steps"""

    def __init__(self, observed: Space[Any], actions: Space[Any]) -> None:
        size, byte = (int(np.prod(observed.shape or ())),), observed.dtype == np.uint8
        self.observation_space = Box(0, 255, size, np.uint8) if byte else Box(-np.inf, np.inf, size, np.float32)
        self.action_space = from_zero(actions)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        self.total, self.length = 0.0, 0
        return self.observation, {}

    def step(self, action: Any) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        waiting = getcurrent().parent
        assert waiting
        last, reward, terminated, truncated, self.observation = waiting.switch(action)
        self.total, self.length = self.total + float(reward), self.length + 1
        over = {"episode": {"r": self.total, "l": self.length}}  # which models log
        return last, float(reward), bool(terminated), bool(truncated), over if terminated or truncated else {}


class Watch(BaseCallback):
    """Sees that the weights are numbers, and lets the networks see what was observed, before every rollout.

    There the loop stops, too, where that would be the `last`: with nothing on its mind but what the model knows.
    """

    last = False

    def __init__(self, run: int, normalises: bool, learning_rate: float | str) -> None:
        super().__init__()
        self.run, self.normalises, self.learning_rate = run, normalises, learning_rate
        self.observed: list[np.ndarray] = []

    def _on_step(self) -> bool:
        if self.normalises:
            self.observed.append(self.locals["new_obs"])
        return True

    def _on_rollout_start(self) -> None:
        self.check()
        if self.observed:
            for module in self.model.policy.modules():
                if isinstance(module, Features):
                    module.see(np.concatenate(self.observed))
            self.observed = []
        if self.last:
            waiting = getcurrent().parent
            assert waiting
            waiting.switch()

    def check(self) -> None:
        """Raise `SettingError` where a weight is not a number."""
        weights = self.model.policy.optimizer.param_groups[0]["params"]
        if not torch.nn.utils.get_total_norm(weights).isfinite():
            what = f"lets learning diverge: in run {self.run}, step {self.num_timesteps}, weights are not numbers"
            raise SettingError("agent.learning_rate", self.learning_rate, what)


PROGRESS = (
    *("num_timesteps", "_episode_num", "_n_calls", "exploration_rate"),
    *("_last_obs", "_last_episode_starts", "_last_lstm_states"),
)
"""what changes of a model and counts, beside its parameters; each model has some of them"""
MEMORY = ("pos", "full", "observations", "next_observations", "actions", "rewards", "dones", "timeouts")
"""and of its replay buffer"""


class Learner:
    """A model whose own loop runs, as a greenlet, until it wants an action; there it waits for what follows."""

    def __init__(self, model: BaseAlgorithm, world: World, watch: Watch, luck: Luck, steps: int) -> None:
        self.model, self.world, self.watch, self.luck, self.steps = model, world, watch, luck, steps
        self.loop: greenlet | None = None

    def act(self, observation: np.ndarray, outcome: tuple[Any, ...] | None) -> Any:
        """The action that the model wants after the `outcome` of its last one, where it is to observe this."""
        with self.luck:
            if self.loop:
                return self.loop.switch((*(outcome or ()), observation))
            self.world.observation = observation
            self.loop = greenlet(self.learn)
            return self.loop.switch()

    def finish(self, observation: np.ndarray, outcome: tuple[Any, ...] | None) -> None:
        """Learn from the outcome of the last action; where a rollout ends with it, none is drawn that nobody plays."""
        if outcome:
            self.watch.last = True
            self.act(observation, outcome)
            self.watch.last = False

    def learn(self) -> None:
        """The model's own loop, as long as it is asked to go on."""
        while True:
            try:
                left = self.steps - self.model.num_timesteps % self.steps
                self.model.learn(left, self.watch, reset_num_timesteps=False)
            except ValueError:  # of a distribution, where weights are not numbers
                self.watch.check()
                raise

    def stop(self) -> None:
        """End the loop where it waits."""
        if self.loop:
            self.loop.throw()
        self.loop = None

    @property
    def state(self) -> dict[str, Any]:
        """All that changes of a model, where a rollout of it has ended."""
        model: Any = self.model
        memory = getattr(model, "replay_buffer", None)
        return {
            "parameters": model.get_parameters(),
            "progress": {name: getattr(model, name) for name in PROGRESS if hasattr(model, name)},
            "memory": {name: getattr(memory, name) for name in MEMORY if memory},
            "random actions": model.action_space.np_random,
            "episode": (self.world.total, self.world.length),
            "luck": self.luck.state,
        }

    @state.setter
    def state(self, kept: dict[str, Any]) -> None:
        model: Any = self.model
        model.set_parameters(kept["parameters"])
        for name, value in kept["progress"].items():
            now = getattr(model, name)
            setattr(model, name, type(now)(*value) if hasattr(now, "_fields") else value)
        for name, value in kept["memory"].items():
            setattr(model.replay_buffer, name, value)
        model.action_space.np_random.bit_generator.state = kept["random actions"]
        self.world.total, self.world.length = kept["episode"]
        self.luck.state = kept["luck"]
