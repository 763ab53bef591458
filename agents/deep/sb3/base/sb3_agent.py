"""Agents with models of stable-baselines3: how they play and learn."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium.vector import VectorEnv

from rlnotes.agents.base.agent import Agent, Problem, Transition
from rlnotes.agents.deep.base.one_thread import one_thread
from rlnotes.agents.deep.sb3.base.learner import Learner
from rlnotes.agents.deep.sb3.base.random_state import preserved_numpy_state
from rlnotes.agents.deep.sb3.base.sb3_model_agent import SB3ModelAgent


@dataclass
class SB3Agent(SB3ModelAgent):
    """An agent whose models learn in their own loops, all loops step by step together."""

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.transition: Transition | None = None

    def learn(self, env: VectorEnv, steps: int) -> None:
        for learner in self.learners:
            learner.restart()
        super().learn(env, steps)

    @one_thread()
    def go_on(self, env: VectorEnv, observation: Any, steps: int) -> Any:
        with preserved_numpy_state():
            try:
                observation = Agent.go_on(self, env, observation, steps)  # `one_thread` does not nest
                for learner, *given in zip(self.learners, self.vectors(observation), self.outcomes(), strict=True):
                    learner.finish(*given)
                self.transition = None
            finally:
                for learner in self.learners:
                    learner.stop()
        return observation

    def act(self, observation: Any) -> np.ndarray:
        now, outcomes = self.vectors(observation), self.outcomes()
        actions = [learner.act(*given) for learner, *given in zip(self.learners, now, outcomes, strict=True)]
        return self.env_actions(actions)

    def update(self, transition: Transition) -> None:
        self.transition = transition
        self.t += 1

    def outcomes(self) -> list[Any]:
        """The outcome of the last action of each run; None before the first action."""
        if self.transition is None:
            return [None] * self.problem.runs
        _, _, reward, last, terminated, truncated = self.transition
        return list(zip(self.vectors(last), reward, terminated, truncated, strict=True))

    def frozen(self) -> Agent:
        return GreedyModels(self)


class GreedyModels(Agent):
    """Plays the greedy policies of an agent's models and does not learn."""

    def __init__(self, agent: SB3Agent) -> None:
        self.agent, self.ended = agent, np.ones(agent.runs, bool)
        self.states: list[Any] = [None] * agent.runs

    @one_thread()
    def go_on(self, env: VectorEnv, observation: Any, steps: int) -> Any:
        with evaluation_mode(self.agent.learners):
            return super().go_on(env, observation, steps)

    def act(self, observation: Any) -> np.ndarray:
        actions = []
        for run, vector in enumerate(self.agent.vectors(observation)):
            model, state, ended = self.agent.learners[run].model, self.states[run], self.ended[run : run + 1]
            action, self.states[run] = model.predict(vector[None], state, ended, deterministic=True)
            actions.append(action[0])
        return self.agent.env_actions(actions)

    def update(self, transition: Transition) -> None:
        self.ended = transition.terminated | transition.truncated


@contextmanager
def evaluation_mode(learners: Sequence[Learner]) -> Iterator[None]:
    """Keep the policies in evaluation mode, which `predict` would set again in every module at every step."""
    policies = [learner.model.policy for learner in learners]
    for policy in policies:
        policy.set_training_mode(False)
        vars(policy)["set_training_mode"] = lambda mode: None
    try:
        yield
    finally:
        for policy in policies:
            del vars(policy)["set_training_mode"]
