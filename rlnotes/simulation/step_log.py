"""The log of every step, from which data sets are made."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from rlnotes.agents.base.agent import Agent
from rlnotes.data.dataset import Episode


class StepLog:
    """Everything that the runs of an agent observe, do and get, step by step.

    With a number of `episodes`, only the first of each run are whole, and the others are left out. Otherwise the last
    episode of a run may be cut where the run ends.
    """

    def __init__(self, agent: Agent, runs: int, episodes: int | None) -> None:
        self.agent, self.runs, self.most = agent, runs, episodes
        self.observations: list[np.ndarray] = []  # of every step, and the one after the last
        self.masks: list[np.ndarray | None] = []
        self.actions: list[np.ndarray] = []
        self.rewards: list[np.ndarray] = []
        self.ends: list[tuple[np.ndarray, np.ndarray]] = []
        self.last: dict[int, tuple[np.ndarray, np.ndarray | None]] = {}  # after the steps in which episodes end
        self.probabilities: list[np.ndarray] = []

    def begin(self, observation: np.ndarray, info: dict[str, Any]) -> None:
        """Store what is observed at the beginning."""
        self.observations, self.masks = [np.array(observation)], [info.get("action_mask")]

    def add(self, action: np.ndarray, outcome: tuple[Any, ...]) -> None:
        """Store a step of every run."""
        observation, reward, terminated, truncated, info = outcome
        if self.agent.knows_probability:
            self.probabilities.append(self.agent.probability_of(action))
        if "final_obs" in info:
            self.last[len(self.actions)] = np.array(info["final_obs"]), info.get("final_mask")
        self.actions.append(np.array(action))
        self.rewards.append(np.array(reward))
        self.ends.append((np.array(terminated), np.array(truncated)))
        self.observations.append(np.array(observation))
        self.masks.append(info.get("action_mask"))

    def episodes(self) -> Iterator[Episode]:
        """The episodes of all runs, run by run."""
        terminated, truncated = np.stack([one for one, _ in self.ends]), np.stack([two for _, two in self.ends])
        for run in range(self.runs):
            ends = np.flatnonzero(terminated[:, run] | truncated[:, run]) + 1
            if self.most is not None:
                ends = ends[: self.most]
            elif not len(ends) or ends[-1] < len(self.actions):
                ends = np.append(ends, len(self.actions))
            for begin, end in zip(np.append(0, ends[:-1]), ends, strict=True):
                yield self.episode(run, int(begin), int(end), bool(terminated[end - 1, run]))

    def episode(self, run: int, begin: int, end: int, terminated: bool) -> Episode:
        """The episode of a run with the steps from `begin` to before `end`."""
        last, last_mask = self.last.get(end - 1, (self.observations[end], self.masks[end]))
        masks = [*self.masks[begin:end], last_mask]
        return Episode(
            np.stack([*(one[run] for one in self.observations[begin:end]), last[run]]),
            np.stack([one[run] for one in self.actions[begin:end]]),
            np.array([one[run] for one in self.rewards[begin:end]]),
            terminated,
            np.array([one[run] for one in self.probabilities[begin:end]]) if self.probabilities else None,
            None
            if masks[0] is None
            else np.stack([np.ones_like(masks[0][run]) if m is None else m[run] for m in masks]),
        )
