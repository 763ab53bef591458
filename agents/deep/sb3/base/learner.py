"""Models that train in a loop of their own, turned into learners that give one action at a time."""

from typing import Any

import gymnasium
import numpy as np
import torch
from greenlet import getcurrent, greenlet
from gymnasium import Space
from gymnasium.spaces import Box
from sb3_contrib.common.recurrent.type_aliases import RNNStates
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm
from torch import Tensor

from rlnotes.agents.deep.sb3.base.features import Features
from rlnotes.agents.deep.sb3.base.random_state import OwnRandomState
from rlnotes.agents.deep.sb3.base.spaces import from_zero
from rlnotes.base.errors import SettingError


def switch_to_parent(action: Any = None) -> Any:
    """Hand an action over to the code that started this greenlet, and return the values that it sends back."""
    parent = getcurrent().parent
    assert parent
    return parent.switch(action)


class RunEnvironment(gymnasium.Env[np.ndarray, Any]):
    """One run of a batch of environments, for the loop of a model.

    `step` hands its action over to the code that steps the batch, and waits for the outcome. Observations are vectors
    of bytes or of real numbers; `Features` turns them back into the observations of the batch.
    """

    observation: np.ndarray
    """the first observation of the next episode, after an end"""

    total, length = 0.0, 0
    """sum of the rewards and number of steps of this episode so far"""

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
        last, reward, terminated, truncated, self.observation = switch_to_parent(action)
        self.total, self.length = self.total + float(reward), self.length + 1
        episode = {"episode": {"r": self.total, "l": self.length}}  # models log it
        return last, float(reward), bool(terminated), bool(truncated), episode if terminated or truncated else {}


class BeforeRollout(BaseCallback):
    """Checks the weights and updates the statistics of inputs before every rollout.

    If `last`, the loop stops there: at that point the stack holds no state outside the model.
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
        self.require_finite_weights()
        if self.observed:
            for module in self.model.policy.modules():
                if isinstance(module, Features):
                    module.see(np.concatenate(self.observed))
            self.observed = []
        if self.last:
            switch_to_parent()

    def require_finite_weights(self) -> None:
        """Raise `SettingError` if a weight is infinite or NaN."""
        weights = list(self.model.policy.parameters())
        if not torch.nn.utils.get_total_norm(weights).isfinite():
            requirement = f"lets learning diverge: in run {self.run}, step {self.num_timesteps}, weights are not finite"
            raise SettingError("agent.learning_rate", self.learning_rate, requirement)


BUFFER_STATE = ("pos", "full", "observations", "next_observations", "actions", "rewards", "dones", "timeouts")
"""attributes of a replay buffer that change during learning"""


class Learner:
    """A model whose own loop runs as a greenlet.

    The loop pauses at every action until the outcome is known.
    `model_state` names the attributes of the model, beside its parameters, that change during learning.
    """

    def __init__(
        self,
        model: BaseAlgorithm,
        env: RunEnvironment,
        callback: BeforeRollout,
        random_state: OwnRandomState,
        steps: int,
        model_state: tuple[str, ...],
    ) -> None:
        self.model, self.env, self.callback, self.random_state = model, env, callback, random_state
        self.steps, self.model_state = steps, model_state
        self.loop: greenlet | None = None

    def act(self, observation: np.ndarray, outcome: tuple[Any, ...] | None) -> Any:
        """The action of the model for an observation, given the `outcome` of its last action."""
        with self.random_state:
            if self.loop:
                return self.loop.switch((*(outcome or ()), observation))
            self.env.observation = observation
            self.loop = greenlet(self.learn)
            return self.loop.switch()

    def finish(self, observation: np.ndarray, outcome: tuple[Any, ...] | None) -> None:
        """Learn from the outcome of the last action; if it completes a rollout, do not draw another action."""
        if outcome:
            self.callback.last = True
            self.act(observation, outcome)
            self.callback.last = False

    def learn(self) -> None:
        """The model's own loop, again and again."""
        while True:
            try:
                left = self.steps - self.model.num_timesteps % self.steps
                self.model.learn(left, self.callback, reset_num_timesteps=False)
            except ValueError:  # torch refuses a distribution if the weights are not finite
                self.callback.require_finite_weights()
                raise

    def stop(self) -> None:
        """End the loop while it waits."""
        if self.loop:
            self.loop.throw()
        self.loop = None

    def restart(self) -> None:
        """Let the model reset the environment before its next step."""
        self.model._last_obs = None

    @property
    def state(self) -> dict[str, Any]:
        """Everything that changes during learning, after a complete rollout."""
        model = self.model
        buffer = model.replay_buffer if isinstance(model, OffPolicyAlgorithm) else None
        return {
            "parameters": model.get_parameters(),
            "model": {name: getattr(model, name) for name in self.model_state},
            "replay buffer": {name: getattr(buffer, name) for name in BUFFER_STATE} if buffer else {},
            "random actions": model.action_space.np_random,
            "episode": (self.env.total, self.env.length),
            "random state": self.random_state.state,
        }

    @state.setter
    def state(self, saved: dict[str, Any]) -> None:
        model: Any = self.model
        model.set_parameters(saved["parameters"])
        for name, value in saved["model"].items():
            now = getattr(model, name)
            if isinstance(now, Tensor):  # an optimiser changes it in place
                now.data.copy_(value)
            else:
                setattr(model, name, RNNStates(*value) if isinstance(now, RNNStates) else value)
        for name, value in saved["replay buffer"].items():
            setattr(model.replay_buffer, name, value)
        model.action_space.np_random.bit_generator.state = saved["random actions"]
        self.env.total, self.env.length = saved["episode"]
        self.random_state.state = saved["random state"]
