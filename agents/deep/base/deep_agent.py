"""Agents with the networks of all runs on one stack, and the agents that play greedily with them."""

from abc import abstractmethod
from dataclasses import dataclass
from math import isfinite
from typing import Any, ClassVar

import numpy as np
import torch
from gymnasium.spaces import Box, Discrete, MultiDiscrete
from gymnasium.vector import VectorEnv
from torch import Tensor

from rlnotes.agents.base.agent import Agent, Problem, Transition
from rlnotes.agents.base.box_actions import centre_and_reach
from rlnotes.agents.deep.base.adam import Adam
from rlnotes.agents.deep.base.network_agent import NetworkAgent
from rlnotes.agents.deep.base.one_thread import one_thread
from rlnotes.agents.deep.base.stepwise_network import StepwiseNetwork
from rlnotes.base.errors import SettingError
from rlnotes.nn.base.approximator import Approximator, Choice
from rlnotes.nn.base.composed import Composed
from rlnotes.nn.base.stack import stack


@dataclass
class DeepAgent(NetworkAgent):
    """An agent with the networks of all runs on one stack; Adam trains them together.

    The gradient of each network of each run has its own norm, which is limited to `clip_gradient`. The first of
    `networks` chooses the actions.
    """

    state_names: ClassVar[tuple[str, ...]] = ("t", "rng", "generator", "stacks", "adam")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.rng, self.generator = rng, torch.Generator(self.torch_device)
        self.generator.manual_seed(int(rng.integers(2**63)))
        with torch.random.fork_rng():
            torch.manual_seed(int(rng.integers(2**63)))
            built = [self.networks(problem) for _ in range(problem.runs)]
        self.stacks = {name: stack([one[name].to(self.torch_device) for one in built]).eval() for name in built[0]}
        self.optimise()
        self.learning_rates = self.schedule("learning_rate", positive=True, horizon=problem.horizon)
        if isinstance(problem.action_space, Box):
            self.centre, self.reach = centre_and_reach(problem.action_space)
        self.measured: dict[str, list[Tensor]] = {}

    def optimise(self) -> None:
        """Make the optimiser of the networks."""
        self.adam = Adam(self.stacks.values(), self.clip_gradient)

    @property
    def acting_networks(self) -> Approximator:
        """The stack of the networks that choose the actions."""
        return next(iter(self.stacks.values()))

    def stepwise(self) -> StepwiseNetwork:
        """The networks that choose the actions, at the beginning of episodes."""
        return StepwiseNetwork(Composed(self.acting_networks), self.network.remembers)

    @abstractmethod
    def greedy_actions(self, output: Any) -> Tensor:
        """The greedy actions for an output of the networks that choose the actions; discrete ones count from 0."""

    @torch.inference_mode()
    def greedy(self, runs: np.ndarray) -> np.ndarray:
        output, _ = self.acting_networks(self.every_state)
        return self.greedy_actions(self.among(output, self.problem.masks))[runs].cpu().numpy()

    def among(self, output: Any, allowed: np.ndarray | None) -> Any:
        """`only`, for a mask whose last axes are those of the output."""
        return only(output, None if allowed is None else torch.as_tensor(allowed, device=self.torch_device))

    def among_allowed(self, output: Any, allowed: np.ndarray | None) -> Any:
        """`only`, for the output of a `StepwiseNetwork` and a mask [runs, actions]."""
        axes = (1, 2) if self.network.remembers else 1
        return self.among(output, None if allowed is None else np.expand_dims(allowed, axes))

    @abstractmethod
    def start_anew(self, ended: np.ndarray) -> None:
        """Mark the runs [runs] whose episode ended, for networks that remember."""

    def follow(self, transition: Transition) -> None:
        """Move on after a step of every run, without learning."""
        self.start_anew(transition.terminated | transition.truncated)

    def frozen(self, sampled: bool) -> Agent:
        return SampledAgent(self) if sampled else GreedyAgent(self)

    def env_actions(self, actions: Tensor) -> np.ndarray:
        """Actions of a `StepwiseNetwork` as actions of the environment [runs, ...].

        For a Box, −1 and 1 are the ends of a component with bounds, and larger numbers are cut off.
        """
        return self.in_env(actions.flatten(0, 1 + self.network.remembers).cpu().numpy())

    def in_env(self, numbers: np.ndarray) -> np.ndarray:
        """Numbers [...] that networks give for actions, as actions of the environment."""
        space = self.problem.action_space
        if isinstance(space, Discrete):
            return numbers + space.start if space.start else numbers
        if isinstance(space, MultiDiscrete):
            numbers = numbers + space.start
        if isinstance(space, Box):
            numbers = np.clip(self.centre + self.reach * numbers, space.low, space.high)
        return numbers.astype(space.dtype)

    def lesson(self, transition: Transition) -> Transition:
        """A step as it is learned from."""
        return transition

    def network_actions(self, actions: np.ndarray) -> Tensor:
        """The inverse of `in_env`: actions of the environment [...] as the numbers of networks."""
        space = self.problem.action_space
        if isinstance(space, Discrete | MultiDiscrete):
            return torch.as_tensor(actions - space.start, device=self.torch_device)
        if isinstance(space, Box):
            actions = (actions - self.centre) / np.where(self.reach > 0, self.reach, 1)
        return self.tensor(actions)

    def weights(self, run: int) -> list[Tensor]:
        return [part[run] for networks in self.stacks.values() for part in networks.state_dict().values()]

    def training_output(self, networks: Composed, *given: Any) -> Any:
        """The output of networks on a batch, which updates the statistics of their normalisation."""
        if self.network.inputs == "none" and self.network.normalisation != "batch":
            return networks(*given)
        networks.network.train()
        output = networks(*given)
        networks.network.eval()
        return output

    def measure(self, **numbers: Tensor) -> None:
        """Keep numbers [runs] for `measurements`, if somebody reads them."""
        for name, number in numbers.items() if self.watched else ():
            self.measured.setdefault(name, []).append(number.detach())

    def measurements(self) -> dict[str, np.ndarray]:
        """The means of losses, of the norms of their gradients, and of the entropy of a policy."""
        means = {name: torch.stack(found).mean(0).cpu().numpy() for name, found in self.measured.items()}
        self.measured = {}
        return means

    def descend(self, loss: Tensor, adam: Adam | None = None) -> None:
        """Take a step of Adam down the loss [runs]; raises `SettingError` if it or its gradient is not finite.

        An agent with several optimisers says which. Raises `ValueError` if the loss has another shape, or does not
        depend on the weights.
        """
        if loss.shape != (self.runs,):
            raise ValueError(f"a loss must have the shape [runs], [{self.runs}], not {list(loss.shape)}")
        if not loss.requires_grad:
            raise ValueError("a loss must depend on the weights, and this one has no gradient")
        adam = adam or self.adam
        norms = adam.step(loss, self.learning_rates.at(self.t))
        if self.watched:
            self.measure(**{f"{adam.name}loss": loss, f"{adam.name}gradient_norm": norms.square().sum(1).sqrt()})
        size = norms.sum(1) + loss.detach()
        if not isfinite(size.sum().item()):
            finite = np.isfinite(size.cpu().numpy())
            run = int(finite.argmin())
            requirement = f"lets learning diverge: in run {run}, step {self.t}, the loss is {loss[run].item():g}"
            raise SettingError("agent.learning_rate", self.learning_rate, requirement)


class GreedyAgent(Agent):
    """Plays the greedy policy of a deep agent and does not learn."""

    def __init__(self, agent: DeepAgent) -> None:
        self.agent = agent
        self.networks = agent.stepwise()

    @torch.inference_mode()
    def act(self, observation: Any) -> np.ndarray:
        output = self.agent.among_allowed(self.networks(observation), self.allowed)
        return self.agent.env_actions(self.agent.greedy_actions(output))

    @one_thread()
    def go_on(self, env: VectorEnv, observation: Any, steps: int) -> Any:
        return super().go_on(env, observation, steps)

    def update(self, transition: Transition) -> None:
        self.networks.follow(transition)


class SampledAgent(Agent):
    """Acts as a deep agent does and does not learn."""

    knows_probability = True

    def __init__(self, agent: DeepAgent) -> None:
        self.agent, self.knows_probability = agent, agent.knows_probability
        agent.start_anew(np.ones(agent.runs, bool))

    def act(self, observation: Any) -> np.ndarray:
        self.agent.allowed = self.allowed
        return self.agent.act(observation)

    def probability_of(self, action: np.ndarray) -> np.ndarray:
        return self.agent.probability_of(action)

    @one_thread()
    def go_on(self, env: VectorEnv, observation: Any, steps: int) -> Any:
        return super().go_on(env, observation, steps)

    def update(self, transition: Transition) -> None:
        self.agent.follow(transition)


def only(output: Any, allowed: Tensor | None) -> Any:
    """An output of networks, Q(s, ·) or π(·|s), with −∞ or probability 0 for the actions that are not `allowed`.

    The mask [..., actions] is true for the allowed ones; None allows all.
    """
    if allowed is None:
        return output
    if isinstance(output, Choice):
        return Choice(only(output.logits, allowed))
    return output.masked_fill(~allowed, -torch.inf)
