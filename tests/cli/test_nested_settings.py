"""An agent may have a network among its settings; the command line can set its settings too."""

import json
import sys
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from rlnotes import agents, catalog
from rlnotes.agents.base.agent import Agent, Problem
from rlnotes.cli.help import settings as listed
from rlnotes.nn.network import Network


@dataclass
class Probe(Agent):
    """Play the first arm; the network is not used."""

    network: Network = field(default_factory=Network)
    """the network"""

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.runs = problem.runs

    def act(self, observation: Any) -> np.ndarray:
        return np.zeros(self.runs, np.int64)


@pytest.fixture(autouse=True)
def probe(monkeypatch):
    """Add the agent `probe` to the catalogue."""
    monkeypatch.setitem(agents.CATALOG, "probe", f"{__name__}:Probe")
    monkeypatch.setitem(sys.modules, __name__, sys.modules[__name__])


def test_settings_of_a_network_are_set_swept_and_compared(run, tmp_path):
    words = "agent=probe", "agent.network.activation=maxout,tanh", "agent.network.widths=[8]", "steps=20", "runs=2"
    with pytest.warns(UserWarning, match="computed every time"):  # since pytest changes the code of this file
        printed = run(*words)
    assert "activation=maxout" in printed
    assert "activation=tanh" in printed
    [file] = tmp_path.glob("results/*/comparison.json")
    described = [row["settings"]["agent"] for row in json.loads(file.read_text())["rows"]]
    assert [settings["network.activation"] for settings in described] == ["maxout", "tanh"]


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("agent.network.activation=maxot", r"agent.network.activation=maxot: unknown \(did you mean maxout\?\)"),
        ("agent.network.body=lsmt", r"agent.network.body=lsmt: unknown \(did you mean lstm\?\)"),
        (
            "agent.network.heads=3 agent.network.body=attention",
            "agent.network.heads=3: must divide the last of the widths",
        ),
        ("agent.network.width=[3]", r"agent.network.width=\[3\]: unknown \(did you mean widths\?\)"),
        ("agent.network.widths=3", "agent.network.widths=3: must be "),
        ("agent.network=lstm", "agent.network=lstm: "),
    ],
)
def test_a_wrong_setting_of_a_network_is_named(run, word, message):
    with pytest.raises(SystemExit, match=f"^rlnotes: {message}"):
        run("agent=probe", *word.split(), "steps=20", "runs=2")


def test_an_agent_with_a_network_describes_only_settings_that_differ_from_their_default():
    assert catalog.describe(Probe()) == "probe"
    changed = catalog.make("agent", "probe", {"network": {"body": "gru", "widths": [4, 5]}})
    assert catalog.describe(changed) == "probe(network.body=gru, network.widths=[4, 5])"
    assert changed.network == Network(body="gru", widths=[4, 5])


def test_the_help_lists_the_settings_of_a_network():
    found = {setting.name: setting for setting in listed("rlnotes.nn.network:Network")}
    assert found["widths"].default == "[64,64]"
    assert found["body"].meaning == "mlp, cnn, rnn (tanh), rnn_logistic, rnn_relu, lstm, gru, attention or transformer"
    nested = listed(f"{__name__}:Probe")
    assert [setting.name for setting in nested] == [f"network.{name}" for name in found]
