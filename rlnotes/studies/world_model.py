"""A learnt model of images: its error, and what planning in it loses, by the steps that it learnt from."""

from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor

from rlnotes.agents.base.agent import Problem
from rlnotes.agents.deep.world_model import WorldModel
from rlnotes.agents.planning.value_iteration import ValueIteration
from rlnotes.envs.mdps.base.linear_equations import reached
from rlnotes.envs.mdps.base.map_mdp import MapMDP
from rlnotes.envs.mdps.base.model import Model
from rlnotes.envs.mdps.base.policy_values import start_values
from rlnotes.envs.mdps.catch import Catch
from rlnotes.envs.mdps.deep_sea import DeepSea
from rlnotes.envs.mdps.gridworld import Gridworld
from rlnotes.experiments.drawing import image
from rlnotes.experiments.experiment import Measured
from rlnotes.figures.style import COLOURS, LINE_STYLES, frame
from rlnotes.studies.base.study import Study

WORLDS: dict[str, MapMDP] = {
    "catch": Catch(rows=6, columns=5, discount=0.95, observation="planes"),
    "deep sea": DeepSea(size=6, discount=0.95, observation="planes"),
    "slippery gridworld": Gridworld(map=["...G", ".#.H", "S..."], discount=0.95, observation="planes"),
}
SHARES = (1 / 8, 1 / 4, 1 / 2, 1)
"""shares of the steps after which the models are compared"""
DRAWS = 50
"""codes that are drawn of each prediction"""
SHOWN = 5
"""images in a row of the picture"""


@dataclass
class LearntModels(Study):
    """What `world_model` learns of three worlds, against their exact models [notes 2.1, 2.5, 8.2].

    The agent learns from images. It plays random actions, since greedy play would visit few states. For each state and
    action, codes are drawn from its prediction and decoded; a decoded image counts as the nearest image of a state. So
    the learnt model becomes a table p̂, r̂.

    model error = mean of ½ Σ_{s'} |p̂(s'|s, a) − p(s'|s, a)| over the states that can be reached, s' also the end
    value lost = V*(start) − V_π(start) in the true model, for the π of value iteration in the learnt table

    Catch and the deep sea are deterministic; in the gridworld every fifth move slips.
    Source: Ha & Schmidhuber, World models (2018), for learning inside a model.
    """

    size = (11.0, 4.4)

    steps: int = 800
    """steps of every run, 8 or more"""

    runs: int = 3
    """runs of the agent in each world, which learn side by side"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_at_least("steps", 8)
        self.require_whole("runs", 1)

    def measure(self) -> Measured:
        found: Measured = {"steps": np.array([int(share * self.steps) for share in SHARES])}
        for name, env in WORLDS.items():
            agent, model = WorldModel(code=8, epsilon=1.0), env.model
            optimum = model.at_start(ValueIteration().plan(model).value)
            found[f"{name}, V*"] = np.array(optimum)
            errors, lost = [], []
            with closing(env.batch(self.runs)) as runs:
                agent.begin(Problem.of(env, runs, self.steps), np.random.default_rng(self.seed))
                observation, _ = runs.reset(seed=self.seed)
                for steps in np.diff(found["steps"], prepend=0):
                    observation = agent.go_on(runs, observation, steps)
                    transition, reward = learnt(agent, images(env), model)
                    errors.append(model_error(transition, model))
                    plans = [ValueIteration().plan(table(*one, model)) for one in zip(transition, reward, strict=True)]
                    lost.append(optimum - start_values(model, np.array([plan.policy for plan in plans])))
            found[f"{name}, model error"], found[f"{name}, value lost"] = np.array(errors), np.array(lost)
            if name == "catch":
                found |= imagination(agent, env)
        return found

    def draw(self, figure: Figure, found: Measured) -> None:
        rows = {name: name.replace(", ", ",\n") for name in ROWS}
        places: Any = [["model error", "value lost", name] for name in rows]
        panels = figure.subplot_mosaic(places, width_ratios=[1, 1, 1.5])
        labels = {"model error": "total variation, mean of (s, a)", "value lost": r"$V^* - V_\pi$ at the start"}
        titles = {"model error": "error of the learnt model", "value lost": "value lost by planning in it"}
        for panel, label in labels.items():
            axes = panels[panel]
            for i, world in enumerate(WORLDS):
                ys = found[f"{world}, {panel}"]
                axes.plot(
                    found["steps"], ys.mean(1), color=COLOURS[i], linestyle=LINE_STYLES[i], marker="o", label=world
                )
                axes.plot(found["steps"], ys, ".", color=COLOURS[i], alpha=0.4)
            axes.set(xlabel="real steps", ylabel=label)
            axes.set_title(titles[panel], fontsize="medium")
            axes.set_xscale("log", base=2)
            axes.set_xticks(found["steps"], found["steps"])
            axes.set_ylim(bottom=0)
            frame(axes)
        panels["model error"].legend(frameon=False)
        for name, label in rows.items():
            image(panels[name], beside(found[name]), vmin=0, vmax=1)
            panels[name].set_ylabel(label, rotation=0, ha="right", va="center")

    def conclude(self, found: Measured) -> str:
        def change(name: str) -> str:
            first, *_, last = found[name].mean(1)
            return f"from {first:.2f} to {last:.2f}"

        first, *_, last = found["steps"]
        worlds = [
            f"in {world} the total variation between learnt and true transitions goes "
            f"{change(f'{world}, model error')}, and the value lost by planning in the learnt model "
            f"{change(f'{world}, value lost')}, where V* is {found[f'{world}, V*']:.2f}"
            for world in WORLDS
        ]
        return f"From {first} to {last} real steps, {'; '.join(worlds)} (means of {self.runs} runs)."


ROWS = ("images", "decoded from their codes", "an episode", "imagined, same actions")


def images(env: MapMDP) -> Tensor:
    """The image of every state [states, ...]."""
    return torch.as_tensor(env.planes())


@torch.no_grad()
def learnt(agent: WorldModel, images: Tensor, model: Model) -> tuple[np.ndarray, np.ndarray]:
    """p̂ [runs, states, actions, states + 1], whose last s' is the end, and r̂ [runs, states, actions].

    Every prediction is from an empty memory and the image of the state.
    """
    world, states, actions = agent.world, model.states, model.actions
    known = images.flatten(1)
    memory, _ = world.body(world.encoder(images.expand(agent.runs, *images.shape)).unsqueeze(2))
    memory = memory.expand(-1, -1, actions, -1).flatten(1, 2)
    then = world.model(memory, torch.arange(actions).repeat(agent.runs, states))
    share = torch.zeros(agent.runs, states * actions, states + 1)
    for _ in range(DRAWS):
        made = world.encoder.vae.generation(then.sample())
        nearest = (known.square().sum(1) - 2 * made @ known.T).argmin(-1, keepdim=True)
        share.scatter_add_(-1, nearest, torch.ones_like(share[..., :1]) / DRAWS)
    end = then.end.sigmoid().unsqueeze(-1)
    transition = torch.cat([share[..., :-1] * (1 - end), end], -1)
    shape = agent.runs, states, actions
    return transition.unflatten(1, shape[1:]).double().numpy(), then.reward.reshape(shape).double().numpy()


def model_error(transition: np.ndarray, model: Model) -> np.ndarray:
    """Total variation between p̂ [runs, states, actions, states + 1] and the true p, averaged over (s, a) [runs]."""
    chains = [model.chain(np.full(model.states, action))[0].toarray() for action in range(model.actions)]
    goes_on = np.stack(chains, 1)
    true = np.concatenate([goes_on, 1 - goes_on.sum(-1, keepdims=True)], -1)
    return np.abs(transition - true)[:, reachable(model)].sum(-1).mean((1, 2)) / 2


def reachable(model: Model) -> np.ndarray:
    """The states [number] in which an episode can act."""
    uniform = np.full((model.states, model.actions), 1 / model.actions)
    return np.flatnonzero(reached(model.chain(uniform)[0], model.start))


def table(transition: np.ndarray, reward: np.ndarray, model: Model) -> Model:
    """A learnt model, p̂ [states, actions, states + 1] and r̂ [states, actions], with the start of the true one."""
    state, action, following = np.nonzero(transition)
    probability, ends = transition[state, action, following], following == model.states
    probability /= transition.sum(-1)[state, action]
    columns = state, action, np.where(ends, state, following), probability, reward[state, action], ends
    return Model.from_entries(model.states, model.actions, *columns, start=model.start, discount=model.discount)


@torch.no_grad()
def imagination(agent: WorldModel, env: MapMDP) -> Measured:
    """Images of run 0 and their reconstructions, and an imagined episode beside the true one [SHOWN, ...]."""
    world, model, known, true, imagined = agent.world, env.model, images(env), [], []

    def decoded(code: Tensor) -> np.ndarray:
        return world.encoder.vae.generation(code)[0, 0].reshape(known.shape[1:]).numpy()

    def code_of(state: int) -> Tensor:
        return world.encoder(known[state].expand(agent.runs, 1, *known.shape[1:]))

    acting, state = reachable(model), int(model.start.argmax())
    chosen = acting[np.linspace(0, len(acting) - 1, SHOWN).astype(int)]
    code, past = code_of(state), None
    for _ in range(SHOWN):
        true.append(known[state].numpy())
        imagined.append(decoded(code))
        memory, past = world.body(code.unsqueeze(2), past)
        action = world.head(memory[:, :, 0]).argmax(-1)
        code = world.model(memory[:, :, 0], action).sample()
        state = int(model.chain(np.full(model.states, int(action[0, 0])))[0][[state]].toarray().argmax())
    again = [decoded(code_of(number)) for number in chosen]
    rows = known[chosen].numpy(), np.array(again), np.array(true), np.array(imagined)
    return dict(zip(ROWS, rows, strict=True))


def beside(planes: np.ndarray) -> np.ndarray:
    """The images [number, planes, height, width] side by side with a grey line between, planes added."""
    pixels = planes.sum(1)
    return np.hstack([np.pad(one, ((0, 0), (0, 1)), constant_values=0.3) for one in pixels])
