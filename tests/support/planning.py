"""Planners, models to plan for, and the check of a plan."""

from dataclasses import replace
from functools import cache, partial
from itertools import product

import numpy as np
import pytest
from gymnasium.spaces import Discrete
from reference.planning import optimum

from rlnotes import agents, envs
from rlnotes.agents.base.agent import Problem
from rlnotes.agents.planning.base.planner import Improver, Planner
from rlnotes.base.errors import SettingError
from rlnotes.envs.mdps.base.model import Model
from rlnotes.envs.registered import Registered
from support.catalogue import installed
from support.mdps import PATHS, model_of

PLANNING = [agent for agent in installed(agents.CATALOG) if issubclass(agent, Planner)]
"""the classes of all planners"""
IMPROVERS = {agent.__name__: agent for agent in PLANNING if issubclass(agent, Improver)} | {
    f"ModifiedPolicyIteration, {rule}": partial(agents.ModifiedPolicyIteration, evaluation=rule)
    for rule in ("jacobi", "gauss_seidel")
}
"""functions that make a planner with a proved bound of |V − V*|"""
every_improver = pytest.mark.parametrize("make", IMPROVERS.values(), ids=IMPROVERS)

CATALOGUE = {path.partition(":")[2]: partial(model_of, path) for path in PATHS}
CATALOGUE["AccessControl"] = cache(lambda: envs.AccessControl(discount=0.99).model)  # else its returns are infinite
"""functions that return the model of an environment of the catalogue, by the name of its class"""
problem = partial(Problem, Discrete(1), Discrete(1), 3, 50)


@cache
def toy_text(id, discount):
    """The model of a toy-text environment."""
    return Registered(id, {"discount": discount}).model


@cache
def garnet(seed, most=60, discount=None):
    """A random model with at most `most` states; models with an odd seed have terminated entries."""
    rng = np.random.default_rng(seed)
    states, actions = int(rng.integers(1, most + 1)), int(rng.integers(1, 5))
    settings = {"branching": int(rng.integers(1, min(states, 6) + 1)), "seed": seed}
    discount = float(rng.choice([0.0, 0.5, 0.9, 0.99, 0.999])) if discount is None else discount
    model = envs.Garnet(states=states, actions=actions, discount=discount, **settings).model
    return replace(model, terminated=rng.random(len(model.reward)) < 0.2 * (seed % 2))


@cache
def undiscounted(seed, free=0.6):
    """A random model with γ = 1. A step that goes on pays 0 with probability `free`, otherwise at most 0."""
    model, rng = garnet(seed, most=8, discount=0.9), np.random.default_rng(seed)
    reward = np.where(rng.random(len(model.reward)) < free, 0.0, -np.abs(model.reward))
    terminated = rng.random(len(reward)) < 0.1
    terminated[model.offsets[: -1 : model.actions]] = True
    return replace(model, reward=np.where(terminated, model.reward, reward), terminated=terminated, discount=1.0)


@cache
def tangled(seed):
    """A random model with γ = 1, few states, rewards of both signs and many of 0, ends, and sets to stay in."""
    rng = np.random.default_rng(seed)
    states, entries = int(rng.integers(2, 6)), []
    for state, action in np.ndindex(states, 3):
        if action == 0 or rng.random() < 0.5:
            successors = rng.choice(states, size=int(rng.integers(1, 3)), replace=False)
            for successor, chance in zip(successors, rng.dirichlet(np.ones(len(successors))), strict=True):
                paid, ended = rng.choice([0, 0, 0, -1, 1, -2, 0.5]), rng.random() < 0.15
                entries.append((state, action, successor, chance, paid, ended))
    columns = [np.array(column) for column in zip(*entries, strict=True)]
    start = np.bincount(rng.integers(0, states, 2), minlength=states) / 2
    return Model.from_entries(states, 3, *columns, start=start, discount=1.0)


def policies(model):
    """All deterministic policies."""
    return [np.array(policy) for policy in product(*map(np.flatnonzero, model.available))]


def toy(*states, discount=1.0):
    """The model of a few states, each a list of actions: (next state, reward, terminated) if it is certain,
    otherwise [(probability, next state, reward, terminated), …]."""
    law = {(s, a): w if isinstance(w, list) else [(1.0, *w)] for s, row in enumerate(states) for a, w in enumerate(row)}
    shape = range(len(states)), range(max(map(len, states)))
    return Model.from_function(*shape, lambda s, a: law.get((s, a), []), start=0, discount=discount)


def check(plan, model, tolerance):
    """Check a plan with a relative tolerance against an independent optimum."""
    assert plan.converged
    assert np.abs(plan.value - optimum(model)).max() <= plan.bound <= tolerance * model.reward_bound
    assert model.available[np.arange(model.states), plan.policy].all()
    ending = model if model.discount < 1 else replace(model, discount=1 - 1e-11)  # a loop without reward is worth 0
    assert np.abs(ending.evaluate(plan.policy) - optimum(model)).max() <= 2 * plan.bound + 1e-8
    assert {len(column) for column in plan.history.values()} == {len(plan.history["at_sweep"])}
    assert (np.diff(plan.history["at_sweep"], append=plan.sweeps + 1) > 0).all()
    assert (plan.history["residual"] >= 0).all()


def refusal(make, error=SettingError):
    """The message of the error that `make` raises; it has one line."""
    with pytest.raises(error) as raised:
        make()
    assert "\n" not in str(raised.value)
    return str(raised.value)
