"""The quantile regression DQN of sb3-contrib."""

from dataclasses import dataclass
from typing import Any

from gymnasium.spaces import Discrete
from sb3_contrib import QRDQN
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import DummyVecEnv
from torch import nn

from rlnotes.agents.base.agent import Problem
from rlnotes.agents.deep.sb3.base.features import Features
from rlnotes.agents.deep.sb3.base.sb3_replay_agent import SB3ReplayAgent
from rlnotes.base.memory_check import require_memory


@dataclass
class SB3QRDQN(SB3ReplayAgent):
    """Deep Q-learning of the quantiles of the return, by sb3-contrib.

    θ ← θ − α ∇_θ 1/B Σ_t Σ_i 1/N Σ_j ρ_i(R_t + γ Z_θ̄^j(S_{t+1}, A*) − Z_θ^i(S_t, A_t)),    Q(s, a) = 1/N Σ_i Z^i(s, a)

    where A* is the best action by Q_θ̄. ρ_i is Huber's loss, multiplied by (2i − 1)/2N above 0 and by
    1 − (2i − 1)/2N below. The gradient norm is limited as in DQN; sb3-contrib does not limit it.
    Source: Dabney et al., Distributional reinforcement learning with quantile regression (2018); sb3-contrib, QRDQN.
    """

    learning_rate: int | float | str = 5e-5

    exploration_fraction: float = 0.005

    exploration_last: float = 0.01

    quantiles: int = 200
    """quantiles N of each action, 1 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("quantiles", 1)

    def check(self, problem: Problem) -> None:
        super().check(problem)
        assert isinstance(problem.action_space, Discrete)
        outputs = int(problem.action_space.n) * self.quantiles
        require_memory(
            "agent.quantiles", self.quantiles, 16 * outputs * (self.network.widths or [1])[-1] * problem.runs
        )

    def policy_settings(self, extractor: type[Features], given: dict[str, Any]) -> dict[str, Any]:
        return super().policy_settings(extractor, given) | {"n_quantiles": self.quantiles}

    def model(self, env: DummyVecEnv, **settings: Any) -> BaseAlgorithm:
        return QRDQN("MlpPolicy", env, **self.replay_settings, **settings)

    def q_networks(self, policy: Any) -> tuple[nn.Module, nn.Module]:
        return policy.quantile_net, policy.quantile_net_target
