"""Environments of Gymnasium's: ids that a module or file registers, wrappers, and parameters of the constructor."""

import re

import numpy as np
import pytest
from support.own_files import GYMNASIUM, forgotten, loaded_from, write

from rlnotes import catalog

QUICK = ["agent=random", "steps=20", "runs=3"]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder with an environment that is registered when its file is loaded."""
    write(tmp_path, "my_gym.py", GYMNASIUM.replace("ID", "Walk-v0"))
    write(tmp_path, "sub/other.py", GYMNASIUM.replace("ID", "other/Walk-v1"))
    monkeypatch.setattr("rlnotes.simulation.fingerprint.user_modules", lambda: loaded_from(tmp_path))
    with forgotten():
        yield tmp_path


def returns(text):
    """The mean returns in a table."""
    return [float(number) for number in re.findall(r"^│ [^│]+│ +([\d.]+) ±", text, re.MULTILINE)]


@pytest.mark.parametrize("id", ["my_gym:Walk-v0", "my_gym.py:Walk-v0", "sub/other.py:other/Walk-v1"])
def test_a_module_or_file_registers_the_id(run, folder, id):
    text = run(f"env={id}", "env.length=4", *QUICK)
    assert text.startswith(f"random, {id}, discount=0.99, max_episode_steps=50, length=4, ")
    assert returns(text) == [1.0]
    [cell] = (folder / "results" / "cells").iterdir()
    assert cell.name.startswith(re.sub(r"[:/]", "_", f"random-{id}"))
    assert "An environment of Gymnasium's." in run(f"env={id}", "--help")


def test_a_change_of_the_file_is_another_cell(run, folder):
    with forgotten():
        run("env=my_gym:Walk-v0", *QUICK)
    write(folder, "my_gym.py", GYMNASIUM.replace("ID", "Walk-v0").replace('"end": 1', '"end": 3'))
    with forgotten():
        assert returns(run("env=my_gym:Walk-v0", *QUICK)) == [3.0]
    assert len(list((folder / "results" / "cells").iterdir())) == 2


@pytest.mark.parametrize("module", ["my_gym", "my_gym.py", "sub/my_gym.py"])
def test_the_file_that_registers_belongs_to_the_cell(run, folder, module):
    write(folder, "walks.py", GYMNASIUM.replace("ID", "Walk-v2"))
    file = module if module.endswith(".py") else f"{module}.py"
    write(folder, file, "", imports="import walks\n")
    with forgotten():
        run(f"env={module}:Walk-v2", *QUICK)
    [cell] = (folder / "results" / "cells").iterdir()
    code = (cell / "config.yaml").read_text().partition("\ncode:")[2]
    assert re.search(rf"^  {file.removesuffix('.py')}: ", code, re.MULTILINE)
    assert "\n  walks: " in code


@pytest.mark.parametrize(
    ("word", "wanted"),
    [
        ("env.kwargs={pay: {end: 5}}", [5.0]),
        ("env.wrappers=[my_gym:Divided]", [0.5]),
        ("env.wrappers=[{name: my_gym:Divided, by: 4}]", [0.25]),
        ("env.wrappers=[{name: my_gym:Divided, by: 0.1},{name: ClipReward, max_reward: 8}]", [8.0]),
        ("env.wrappers=[{name: ClipReward, max_reward: 8},{name: my_gym:Divided, by: 0.1}]", [10.0]),
        ("env.max_episode_steps=1,2", [0.0, 1.0]),
        ("env.max_episode_steps=null", [1.0]),
    ],
)
def test_parameters_wrappers_and_time_limits_are_applied(run, word, wanted):
    assert returns(run("env=my_gym:Walk-v0", word, *QUICK)) == wanted


def test_a_wrapper_changes_what_the_agent_observes():
    frames = {"wrappers": [{"name": "FrameStackObservation", "stack_size": 3}]}
    env = catalog.make("env", "CartPole-v1", frames)
    assert env.batch(2).single_observation_space.shape == (3, 4)
    batch = catalog.make("env", "FrozenLake-v1", {"wrappers": ["NormalizeReward"], "max_episode_steps": 7}).batch(2)
    batch.reset(seed=0)
    ends = [batch.step(np.zeros(2, int))[3].tolist() for _ in range(7)]
    assert ends == [[False, False]] * 6 + [[True, True]]


@pytest.mark.parametrize("settings", [{"max_episode_steps": 3}, {"kwargs": {"is_slippery": False}}])
def test_a_model_is_still_read_with_another_time_limit_or_parameter(settings):
    env = catalog.make("env", "FrozenLake-v1", settings)
    assert env.model
    assert env.time_limit == settings.get("max_episode_steps", 100)
    assert not catalog.make("env", "FrozenLake-v1", {**settings, "wrappers": ["NormalizeReward"]}).model


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            "env=my_gym:Wolk-v0",
            "env=my_gym:Wolk-v0: my_gym registers no Wolk-v0 with Gymnasium (did you mean Walk-v0?)",
        ),
        (
            "env=my_gym:Walk",
            "env=my_gym:Walk: must be a subclass of Environment (rlnotes.envs.base.environment); an env",
        ),
        ("env=my_gyn:Walk-v0", "env=my_gyn:Walk-v0: there is no module my_gyn (did you mean my_gym?)"),
        ("env.lenght=4", "env.lenght=4: unknown (did you mean length?)"),
        ("env.kwargs=3", "env.kwargs=3: must be {PARAMETER: VALUE}, or null"),
        ("env.kwargs={lenght:3}", "env=my_gym:Walk-v0: cannot be made (TypeError: "),
        (
            "env.wrappers=ClipReward",
            "env.wrappers=ClipReward: must be a list, innermost first, of NAME or {name: NAME, ",
        ),
        (
            "env.wrappers=[FrameStack]",
            "env.wrappers=FrameStack: unknown (did you mean FrameStackObservation?); must be ",
        ),
        ("env.wrappers=[{by:2}]", "env.wrappers={'by': 2}: must be a list, innermost first, of NAME or "),
        ("env.wrappers=[my_gym:Dividet]", "env.wrappers=my_gym:Dividet: my_gym has no Dividet (did you mean Divided?)"),
        ("env.wrappers=[my_gym:Walk]", "env.wrappers=my_gym:Walk: must be a subclass of gymnasium.Wrapper"),
        (
            "env.wrappers=[{name:my_gym:Divided,bye:4}]",
            "env.wrappers.bye=4: unknown; my_gym:Divided has by",
        ),
        ("env.wrappers=[ResizeObservation]", "env.wrappers=ResizeObservation: cannot be applied (TypeError: "),
        ("env.max_episode_steps=0", "env.max_episode_steps=0: must be 1 or more, or null"),
        ("env.max_episode_steps=long", "env.max_episode_steps=long: must be a whole number or null"),
    ],
)
def test_a_mistake_is_refused_in_one_line(run, folder, words, message):
    with pytest.raises(SystemExit) as exit:
        run(*([words] if words.startswith("env=") else ["env=my_gym:Walk-v0", words]), *QUICK)
    assert str(exit.value).startswith(f"rlnotes: {message}")
    assert "\n" not in str(exit.value)
    assert not (folder / "results").exists()
