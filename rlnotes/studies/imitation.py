"""Imitation beside its controls [notes 8.5 to 8.9]."""

import sys
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from matplotlib.figure import Figure

from rlnotes.agents.base.agent import Agent
from rlnotes.agents.deep.imitation.behaviour_cloning import BehaviourCloning
from rlnotes.agents.deep.imitation.constant_reward import ConstantReward
from rlnotes.agents.deep.imitation.gail import GAIL
from rlnotes.agents.deep.imitation.wail import WAIL
from rlnotes.agents.deep.ppo import PPO
from rlnotes.agents.random import Random
from rlnotes.base.errors import enumerated
from rlnotes.data.dataset import Dataset
from rlnotes.envs.base.environment import Environment
from rlnotes.envs.control.cart_pole import CartPole
from rlnotes.envs.mdps.catch import Catch
from rlnotes.envs.registered import Registered
from rlnotes.experiments.experiment import Measured
from rlnotes.figures.style import COLOURS, frame
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.learnt_policy import player
from rlnotes.simulation.recorder import Complete, Recorder
from rlnotes.simulation.simulate import simulate
from rlnotes.simulation.step_log import StepLog
from rlnotes.studies.base.study import Study

TASKS: dict[str, Callable[[], Environment]] = {
    "cart_pole": lambda: CartPole(),
    "acrobot": lambda: Registered("Acrobot-v1"),
    "catch": lambda: Catch(rows=5, columns=5, observation="planes", discount=0.99),
}
IMITATORS = {"behaviour cloning": BehaviourCloning, "GAIL": GAIL, "WAIL": WAIL}
CONTROLS = {"reward 1": 1.0, "reward −1": -1.0}
"""constant rewards, without an expert"""
CLOSE = 0.95
"""score from which on a run does as well as the expert"""
EPISODES = 20
"""greedy episodes of every run after learning"""


@dataclass
class Imitation(Study):
    """Imitators of an expert, beside PPO that gets the same reward in every step and sees no expert [notes 8.5 to 8.9].

    The expert is a PPO. A score is the mean return of greedy episodes, where random play has 0 and the expert 1. If a
    constant reward comes as near to 1 as an imitator, the task does not show that the imitator learnt from the expert.
    """

    tasks: list[str] = field(default_factory=lambda: ["cart_pole", "catch"])
    """of cart_pole, acrobot and catch"""

    demonstrations: int = 20
    """episodes of the expert"""

    steps: int = 30_000
    """steps of the expert, and of every run of the others"""

    runs: int = 5
    """runs of each agent"""

    def __post_init__(self) -> None:
        super().__post_init__()
        known = bool(self.tasks) and set(self.tasks) <= set(TASKS)
        self.require("tasks", known, f"must be a list of {enumerated([*TASKS], 'and')}")
        self.require_whole("demonstrations", 1)
        self.require("steps", self.steps >= PPO.rollout, f"must be {PPO.rollout} or more, a rollout of PPO")
        self.require_whole("runs", 1)

    def measure(self) -> Measured:
        found: Measured = {}
        for task in self.tasks:
            env = TASKS[task]()
            expert = simulate(Cell(PPO(), env, steps=self.steps, runs=1, seed=self.seed))
            data = demonstrations(player(PPO(), env, expert, run=0), env, self.demonstrations, self.seed)
            random = Cell(Random(), env, episodes=EPISODES, runs=10, seed=self.seed)
            found |= {f"{task}, expert": data.returns, f"{task}, random": simulate(random).data["returns"]}
            found |= {f"{task}, {name}": self.returns(make(), env, data) for name, make in IMITATORS.items()}
            found |= {f"{task}, {name}": self.returns(ConstantReward(reward=r), env) for name, r in CONTROLS.items()}
        return found

    def returns(self, agent: Agent, env: Environment, data: Dataset | None = None) -> np.ndarray:
        """The mean return of the greedy episodes of every run of an agent [runs]."""
        cell = Cell(agent, env, self.steps, self.runs, self.seed + 1, evaluation_episodes=EPISODES, data=data)
        returns: np.ndarray = np.nanmean(simulate(cell).data["greedy_returns"], axis=1)
        return returns

    def draw(self, figure: Figure, found: Measured) -> None:
        names = [*IMITATORS, *CONTROLS]
        for axes, task in zip(figure.subplots(1, len(self.tasks), squeeze=False)[0], self.tasks, strict=True):
            for level, words, dash in ((1, "expert", "-"), (0, "random play", ":")):
                axes.axhline(level, color="0.35", linewidth=1, linestyle=dash)
                axes.annotate(words, (0.01, level), (0, 3), ("axes fraction", "data"), "offset points", color="0.35")
            for i, name in enumerate(names):
                y = scores(found, task, name)
                x = i + np.linspace(-0.2, 0.2, len(y) + 2)[1:-1]
                look = {"marker": "o", "color": COLOURS[i]} if name in IMITATORS else {"marker": "s", "color": "0.25"}
                axes.plot(x, y, linestyle="none", markersize=5, alpha=0.8, **look)
            axes.set_xticks(range(len(names)), [name.replace(" ", "\n") for name in names])
            axes.set(title=task.replace("_", " "), xlim=(-0.6, len(names) - 0.4))
            frame(axes)
        figure.axes[0].set_ylabel("score of a run")

    def conclude(self, found: Measured) -> str:
        return " ".join(map(partial(self.sentence, found), self.tasks))

    def sentence(self, found: Measured, task: str) -> str:
        """The agents that come close to the expert on a task, and whether that says anything about imitation."""
        close = {name: int((scores(found, task, name) >= CLOSE).sum()) for name in (*IMITATORS, *CONTROLS)}
        counts = ", ".join(f"{name} {count}" for name, count in close.items())
        learners = max(close[name] for name in IMITATORS)
        control = max(CONTROLS, key=lambda name: close[name])
        if not learners:
            end = "no imitator does, so nothing is shown"
        elif close[control] >= learners:
            end = f"a constant {control} does as well without an expert, so this shows no imitation"
        elif close[control]:
            end = f"a constant {control} does in fewer runs without an expert, so only the difference shows imitation"
        else:
            end = "no constant reward does, so what the imitators know comes from the expert"
        where = f"On {task.replace('_', ' ')} (expert {found[f'{task}, expert'].mean():.4g})"
        return f"{where}, of {self.runs} runs these have a score of {CLOSE} or more: {counts}; {end}."


def demonstrations(agent: Agent, env: Environment, episodes: int, seed: int) -> Dataset:
    """Episodes that an agent plays in one run."""
    log = StepLog(agent, 1, episodes)
    runs = Recorder(env.batch(1), episodes=episodes, seed=seed, patience=sys.maxsize, step_log=log)
    with closing(runs), suppress(Complete):
        agent.learn(runs, sys.maxsize)
    return Dataset.of(list(log.episodes()), runs.single_observation_space, runs.single_action_space)


def scores(found: Measured, task: str, name: str) -> np.ndarray:
    """The scores of runs: 0 for random play, 1 for the expert."""
    random, expert = (found[f"{task}, {of}"].mean() for of in ("random", "expert"))
    score: np.ndarray = (found[f"{task}, {name}"] - random) / (expert - random)
    return score
