"""The recurrent PPO of sb3-contrib."""

from dataclasses import dataclass, field, replace
from typing import Any

import torch
from sb3_contrib import RecurrentPPO
from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import DummyVecEnv
from torch import Tensor, nn

from rlnotes.agents.base.agent import Problem
from rlnotes.agents.deep.sb3.base.features import Features, headless
from rlnotes.agents.deep.sb3.base.spaces import from_zero
from rlnotes.agents.deep.sb3.ppo import SB3PPO
from rlnotes.base.errors import SettingError
from rlnotes.base.memory_check import require_memory
from rlnotes.nn.network import Network


class Policy(RecurrentActorCriticPolicy):
    """The policy of sb3-contrib, with a faster LSTM.

    It computes all sequences at once if no episode begins inside them.
    """

    @staticmethod
    def _process_sequence(features: Tensor, state: Any, begins: Tensor, lstm: nn.LSTM) -> tuple[Tensor, Any]:
        each = begins.reshape(state[0].shape[1], -1)  # [sequences, time]
        if not each[:, 1:].any():
            keep = 1 - each[None, :, :1]
            state, begins = (keep * state[0], keep * state[1]), torch.zeros_like(begins)
        return RecurrentActorCriticPolicy._process_sequence(features, state, begins, lstm)

    def evaluate_actions(self, observation: Any, actions: Tensor, *given: Any) -> Any:
        return super().evaluate_actions(observation, actions.float(), *given)  # binary ones must not be integers


@dataclass
class SB3RecurrentPPO(SB3PPO):
    """PPO that remembers with an LSTM [notes 7.2], by sb3-contrib.

    ρ_t = π(A_t|S_1, …, S_t) / π_old(A_t|S_1, …, S_t)

    Gradients go back to the beginning of the episode or of the minibatch, which consists of consecutive steps.
    Source: sb3-contrib, RecurrentPPO.
    """

    model_state = (*SB3PPO.model_state, "_last_lstm_states")

    network: Network = field(default_factory=lambda: Network(body="lstm"))

    rollout: int = 128

    minibatch: int = 128

    def check(self, problem: Problem) -> None:
        super().check(problem)
        of_a_step = 4 * self.network.widths[-1]  # h_t and c_t of two LSTMs
        require_memory("agent.rollout", self.rollout, 4 * self.rollout * of_a_step * problem.runs)

    def check_body(self) -> None:
        if self.network.body != "lstm":
            raise SettingError("network.body", self.network.body, "must be lstm, the only body of this agent")

    def policy_settings(self, extractor: type[Features], given: dict[str, Any]) -> dict[str, Any]:
        *widths, units = self.network.widths
        dense = given | {"network": replace(self.network, body="mlp", widths=widths)}
        return super().policy_settings(extractor, dense) | {"lstm_hidden_size": units}

    def model(self, env: DummyVecEnv, **settings: Any) -> BaseAlgorithm:
        return RecurrentPPO(Policy, env, **self.proximal_settings, **settings)

    def initialise(self, model: BaseAlgorithm) -> None:
        super().initialise(model)
        policy: Any = model.policy
        for lstm in (policy.lstm_actor, policy.lstm_critic):
            ours: Any = headless(self.network, from_zero(self.problem.observation_space)).body
            lstm.load_state_dict(ours.layer.state_dict())
