"""Every refusal is one line that names the setting, its value, and what the value may be; nothing is written."""

import re
import shlex
from contextlib import suppress

import pytest
from hydra.errors import MissingConfigException
from omegaconf import OmegaConf, ValidationError

from rlnotes import catalog
from rlnotes.agents import Random
from rlnotes.base.errors import SettingError
from rlnotes.cli.help import settings
from rlnotes.cli.hydra_catalog import CatalogSource
from rlnotes.cli.hydra_errors import in_one_line
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate

QUICK = ["steps=50", "runs=20"]
REFUSAL = re.compile(r"rlnotes: (?P<setting>[\w./]+)=(?P<value>.*?): (?P<requirement>.+)")


PLOT = "band, font_size, format, height, log_x, style, theory, width, window"
"""the settings of figures"""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("agent=ubc", "agent=ubc: unknown (did you mean ucb?); must be one of "),
        ("agent=etc,ubc", "agent=ubc: unknown (did you mean ucb?)"),
        ("env=gausian_bandit", "env=gausian_bandit: unknown (did you mean gaussian_bandit?)"),
        ("env=CartPol-v1", "env=CartPol-v1: unknown (did you mean CartPole-v1?)"),
        ("agent=ucb env=CartPole-v1", "agent=ucb: does not fit env=CartPole-v1: it needs a bandit"),
        ("agent.detla=0.1", "agent.detla=0.1: unknown (did you mean delta?); ucb has delta"),
        ("agent=etc,ucb agent.delta=0.1", "agent.delta=0.1: unknown; etc has gap, pulls"),
        ("+agent.detla=0.1", "agent.detla=0.1: unknown (did you mean delta?)"),
        ("env.mean=[1]", "env.mean=[1]: unknown (did you mean means?)"),
        (
            "env=FrozenLake-v1 agent=random env.slippery=true",
            "env.slippery=true: unknown (did you mean is_slippery?); the environment has desc, ",
        ),
        (
            "stepz=5",
            "stepz=5: unknown (did you mean steps?); a run has agent, checkpoint, data, env, episodes, "
            "evaluation_episodes, evaluation_policy, expert, plot, precision, record, results, runs, seed, steps, "
            "tensorboard, workers",
        ),
        ("+stepz=5", "stepz=5: unknown (did you mean steps?)"),
        (
            "plot.logx=true",
            f"plot.logx=true: unknown (did you mean log_x?); plot has {PLOT}",
        ),
        ("hydra/launcher=jobib", "hydra/launcher=jobib: unknown; must be one of basic, joblib"),
        ("agent.delta=small", "agent.delta=small: must be a number or null"),
        ("steps=many", "steps=many: must be a whole number"),
        ("steps=1.5", "steps=1.5: must be a whole number"),
        ("plot=false", "plot=false: must be a Plot with the settings log_x"),
        ("agent=ucb,dqn dqn.network=cnn", "dqn.network=cnn: must be a Network with the settings body, widths"),
        ("env.means=0.5", "env.means=0.5: must be a list of numbers or null"),
        ("'env.means=[0.5, a]'", "env.means=[0.5, a]: a must be a number"),
        ("'agent.delta=a b'", "agent.delta=a b: must be a number or null"),
        ("env=LunarLander-v3", "env=LunarLander-v3: cannot be made ("),
        ("env=FrozenLake-v1 agent=random env.map_name=9x9", "env=FrozenLake-v1: cannot be made (KeyError"),
        ("agent=random env=CartPole-v1 steps=3", "steps=3: too few: no episode ended in 20 of 20 runs"),
        ("results=", "results=: must name a folder"),
        ("agent=q_learning episodes=3", "episodes=3: never end in env=gaussian_bandit; set steps"),
        ("episodes=3", "episodes=3: never end in env=gaussian_bandit; set steps"),
        ("agent=q_learning env=CartPole-v1", "agent=q_learning: does not fit env=CartPole-v1: it needs a finite set"),
        ("agent=sarsa env=forest env.discount=1 env.time_limit=null", "agent=sarsa: does not fit env=forest: it needs"),
        ("agent=sarsa env=forest env.time_limit=null", "env.time_limit=null: must be set: no episode ends there"),
        ("agent=q_learning,sarsa env=gridworld agent.alpha=2", "agent.alpha=2: must be above 0 and at most 1"),
        ("agent=q_learning,random env=gridworld agent.alpha=1", "agent.alpha=1: unknown; random has probabilities"),
        ("agent=q_learning env=gridworld agent.epsilon=foo", "agent.epsilon=foo: must be a number, 1/visits, linear:"),
        ("agent=sarsa_lambda env=gridworld agent.decay=2", "agent.decay=2.0: must be from 0 to 1"),
        ("plot.window=0", "plot.window=0: must be 1 or more"),
        (
            "agent=value_iteration",
            "agent=value_iteration: does not fit env=gaussian_bandit: it needs the model of a finite",
        ),
        (
            "agent=value_iteration env=CartPole-v1",
            "agent=value_iteration: does not fit env=CartPole-v1: it needs the model",
        ),
        (
            "agent=value_iteration env=garnet env.discount=1",
            "agent=value_iteration: does not fit env=garnet: it needs another discount there, since with ",
        ),
        ("agent=value_iteration env=gridworld env.discount=1.5", "env.discount=1.5: must be from 0 to 1"),
        ("agent=random env=CartPole-v1 env.discount=-1", "env.discount=-1: must be from 0 to 1"),
        ("agent=value_iteration env=gridworld agent.tolerance=0", "agent.tolerance=0.0: must be a number above 0"),
        ("env=gridworld env.map=[S..,G]", "env.map=G: is ragged: line 2 has 1 characters and the first 3"),
        ("env=gridworld env.map=[S.x]", "env.map=S.x: line 1 has the unknown symbol 'x'; there are S . # G H"),
        ("env=gridworld env.map=[..G]", "env.map=['..G']: must have a start cell, S"),
        ("env=gridworld env.map=S.G", "env.map=S.G: must be a list of words or null"),
        ("env=garnet env.states=1000000000", "env.states=1000000000: needs "),
        ("env=cliff_walking env.time_limit=0", "env.time_limit=0: must be 1 or more, or null"),
        ("agent=null", "agent=null "),
        (
            "agent.delta=1=2",
            "agent.delta=1=2: cannot be read: must be a value, such as 0.1, [1,2] or a word, or several",
        ),
        (
            "agent.delta=0.1,",
            "agent.delta=0.1,: cannot be read: must be a value, such as 0.1, [1,2] or a word, or several",
        ),
        (
            "agent.delta=logspace(-3,0,4)",
            "agent.delta=logspace(-3,0,4): cannot be read: Unknown function 'logspace'",
        ),
        ("env.means=[a,0.2]", "env.means=[a,0.2]: a must be a number"),
        ("agent", "argument=agent: must be KEY=VALUE, such as agent=ucb"),
        ("~agent", "argument=~agent: must be KEY=VALUE, such as agent=ucb; no setting can be removed"),
        ("~agent=ucb agent=etc", "argument=~agent=ucb: must be KEY=VALUE"),
        ("agent=glob(x*)", "agent=glob(x*) steps=50 runs=20: sweeps over nothing"),
        ("env.arms=0", "env.arms=0: must be 1 or more"),
        ("env.means=[]", "env.means=[]: must name the mean of at least one arm"),
        ("env.means=[nan]", "env.means=[nan]: every mean must be a finite number"),
        ("env.means=[inf,0]", "env.means=[inf, 0.0]: every mean must be a finite number"),
        ("env=bernoulli_bandit env.means=[2]", "env.means=[2.0]: every mean of such an arm must be from 0 to 1"),
        ("env.std=-1", "env.std=-1: must be a finite number, 0 or more"),
        ("steps=0", "steps=0: must be a whole number, 1 or more"),
        ("runs=-1", "runs=-1: must be a whole number, 1 or more"),
        ("seed=-1", "seed=-1: must be a whole number, 0 or more"),
        ("agent.delta=0", "agent.delta=0.0: must be between 0 and 1"),
        ("agent.delta=0.1,1", "agent.delta=1.0: must be between 0 and 1"),
        ("results=a,b", "results=a,b: must have one value"),
        ("plot.log_x=true,false", "plot.log_x=true,false: must have one value"),
        ("results=/dev/null/x", "results=/dev/null/x: must be a folder that can be written (Not a directory)"),
        ("seed=x", "seed=x: must be a whole number"),
        ("runs=null", "runs=null: must be a whole number"),
        ("episodes=0 agent=random env=CartPole-v1", "episodes=0: must be a whole number, 1 or more"),
        ("precision=2", "precision=2.0: must be between 0 and 1, or null"),
        ("precision=0.1", "precision=0.1: needs runs=1000 or more, "),
        ("precision=high", "precision=high: must be a number or null"),
        ("checkpoint=0", "checkpoint=0: must be a whole number, 1 or more, or null"),
        ("checkpoint=often", "checkpoint=often: must be a whole number or null"),
        ("checkpoint=5,6", "checkpoint=5,6: must have one value"),
        ("tensorboard=maybe", "tensorboard=maybe: must be true or false"),
        ("plot.band=sd", "plot.band=sd: "),
        (
            "+plot.x=1",
            f"plot.x=1: unknown; plot has {PLOT}",
        ),
        (f"steps={10**20}", f"steps={10**20}: must be a number below 2^63"),
        (f"agent=etc agent.pulls={10**20}", f"agent.pulls={10**20}: must be a number below 2^63"),
        ("plot.window=wide", "plot.window=wide: must be a whole number or null"),
        ("plot.theory=perhaps", "plot.theory=perhaps: must be true or false"),
        ("agent.delta=[0.1]", "agent.delta=[0.1]: must be a number or null"),
        ("agent=etc agent.pulls=0", "agent.pulls=0: must be "),
        ("agent=epsilon_greedy agent.epsilon=1.5", "agent.epsilon=1.5: must be "),
        ("agent=thompson agent.posterior=gamma", "agent.posterior=gamma: "),
        ("agent=lin_ucb", "agent=lin_ucb: does not fit env=gaussian_bandit: it needs "),
        ("agent=td env=random_walk agent.policy=best", "agent.policy=best: "),
        ("agent=n_step_td env=random_walk agent.n=0", "agent.n=0: must be "),
        ("agent=dyna_q env=gridworld agent.planning=-1", "agent.planning=-1: must be "),
        ("agent=q_lambda env=gridworld agent.traces=none", "agent.traces=none: "),
        ("agent=q_learning env=gridworld agent.exploration=greedy", "agent.exploration=greedy: "),
        ("agent=backward_induction env=gridworld agent.horizon=0", "agent.horizon=0: must be "),
        ("agent=linear_programming env=gamblers_problem env.goal=1", "env.goal=1: must be "),
        ("agent=dqn env=CartPole-v1 agent.batch=0", "agent.batch=0: must be "),
        ("agent=ppo env=CartPole-v1 agent.clip=-1", "agent.clip=-1: must be "),
        ("agent=ppo env=CartPole-v1 agent.network.widths=[0]", "agent.network.widths=[0]: "),
        ("agent=dqn env=Pendulum-v1", "agent=dqn: does not fit env=Pendulum-v1: it needs a finite set of actions"),
        ("agent=random env=FrozenLake-v1 env.is_slippery=no", "env.is_slippery=no: must be true or false"),
        ("agent=random env=FrozenLake-v1 env.is_slippery=1", "env.is_slippery=1: must be true or false"),
        ("agent=random env=Blackjack-v1 env.sab=maybe", "env.sab=maybe: must be true or false"),
        ("agent=random env=Pendulum-v1 env.g=low", "env.g=low: must be a number"),
        ("env=adversarial_bandit env.table=/dev/zero", "env.table=/dev/zero: must be numbers [rows, arms], or a file"),
        ("seed=range(0,1000000000)", "seed=range(0,1000000000) steps=50 runs=20: compares more than 100,000 cells"),
        ("results=/", "results=/: must not be the root of the file system"),
        ("env.std=[1,2,3]", "env.std=[1, 2, 3]: must be "),
        ("env.changes=[0]", "env.changes=[0]: must be "),
        ("env=bernoulli_bandit env.gap=2", "env.gap=2.0: "),
        ("env=beta_bandit env.concentration=0", "env.concentration=0.0: must be above 0"),
        (
            "env=adversarial_bandit env.table=missing.npy",
            "env.table=missing.npy: must be numbers [rows, arms], or ",
        ),
        ("env=linear_bandit env.dimension=0", "env.dimension=0: must be "),
        ("agent=random env=gridworld env.slip=2", "env.slip=2.0: must be "),
        ("agent=random env=garnet env.branching=0", "env.branching=0: must be "),
        ("agent=random env=river_swim env.time_limit=-1", "env.time_limit=-1: must be "),
        ("agent=random env=deep_sea env.size=0", "env.size=0: must be "),
        ("agent=random env=t_maze env.length=0", "env.length=0: must be "),
        ("agent=random env=cart_pole env.masked=perhaps", "env.masked=perhaps: must be true or false"),
    ],
)
def test_a_mistake_is_refused_in_one_line_and_nothing_is_written(run, tmp_path, capsys, words, message):
    with pytest.raises(SystemExit) as exit:
        run(*shlex.split(words), *(word for word in QUICK if word.partition("=")[0] not in words))
    refusal = str(exit.value)
    assert refusal.startswith(f"rlnotes: {message}")
    assert REFUSAL.fullmatch(refusal)  # a dot matches no line break
    printed, bars = capsys.readouterr()
    assert printed == ""
    assert "Error" not in bars
    left = {path.name for path in tmp_path.rglob("*")}
    assert left <= ({"results", "cells"} if "too few" in message else set())


BEYOND_MEMORY = [
    "env.arms",
    "runs",
    "episodes env=gridworld agent=random",
    "env.arms env=bernoulli_bandit",
    "env.dimension env=linear_bandit agent=lin_ucb",
    "agent.window agent=sliding_window_ucb steps=100000000000",
    "env.states env=chain agent=random",
    "env.states env=garnet agent=random",
    "env.size env=deep_sea agent=random",
    "env.rows env=catch agent=random",
    "env.columns env=catch agent=random",
    "env.length env=t_maze agent=random",
    "env.length env=memory_length agent=random",
    "env.length env=umbrella agent=random",
    "env.goal env=gamblers_problem agent=value_iteration",
    "agent.network.widths agent=ppo env=CartPole-v1",
    "agent.rollout agent=sb3_ppo env=CartPole-v1",
    "agent.rollout agent=sb3_recurrent_ppo env=CartPole-v1",
    "agent.quantiles agent=sb3_qrdqn env=CartPole-v1",
    "agent.n agent=n_step_td env=random_walk",
]
"""a setting that decides a size, and the words beside it"""


@pytest.mark.parametrize("words", BEYOND_MEMORY)
@pytest.mark.parametrize("value", [10**11, 2**62])
def test_a_size_beyond_memory_is_refused_before_anything_is_allocated(run, words, value, capsys):
    setting, *others = words.split()
    value = f"[{value}]" if setting.endswith("widths") else value
    with pytest.raises(SystemExit) as exit:
        run(f"{setting}={value}", *others, *(word for word in QUICK if word.partition("=")[0] not in words))
    refusal = str(exit.value)
    assert refusal.startswith(f"rlnotes: {setting}={value}: needs ")
    assert REFUSAL.fullmatch(refusal)
    assert capsys.readouterr().out == ""


ODD = [-1, 0, 2, 1.5, float("nan"), True, "odd", [], [-1], [0.5, 0.5, 0.5], None]
"""values that some settings may have and others may not"""


def odd_values(name):
    """Each setting of an environment with each odd value that has the type of the setting, as Hydra checks types."""
    for setting in settings(catalog.CATALOGS["env"][name]):
        for value in ODD:
            node = CatalogSource("test", "catalog://").load_config(f"env/{name}").config
            with suppress(ValidationError):
                node[setting.name] = value
                yield setting.name, OmegaConf.to_container(node)[setting.name]


@pytest.mark.parametrize("name", catalog.CATALOGS["env"])
def test_an_environment_simulates_an_odd_value_or_refuses_it_in_one_line(name):
    refusals = []
    for setting, value in odd_values(name):
        try:
            simulate(Cell(Random(), catalog.make("env", name, {setting: value}), steps=20, runs=2))
        except SettingError as error:
            refusals.append(f"rlnotes: {error}")
    assert refusals
    assert all(map(REFUSAL.fullmatch, refusals)), refusals


def test_an_id_that_the_workers_of_a_launcher_do_not_know_is_refused_in_one_line():
    found = in_one_line(MissingConfigException("Could not find\n\n'env/CartPole-v1'", "env/CartPole-v1", ["catch"]))
    assert str(found).startswith(
        "env=CartPole-v1: is registered in this process alone; workers of a launcher need an id"
    )
