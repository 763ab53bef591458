"""The examples of docs/extending.md run as they stand."""

import re
import shlex
from pathlib import Path

import pytest
from support.own_files import forgotten, loaded_from

PAGE = (Path(__file__).parents[1] / "docs" / "extending.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"^`(\w+\.py)`\n\n```python\n(.*?)```", PAGE, re.DOTALL | re.MULTILINE))
COMMANDS = re.findall(r"^python -m rlnotes\.run (.*)$", PAGE, re.MULTILINE)


def test_every_file_has_a_command():
    assert len(FILES) == 3
    assert all(any(file.removesuffix(".py") in command for command in COMMANDS) for file in FILES)


@pytest.mark.parametrize("words", COMMANDS)
def test_a_command_works(run, tmp_path, monkeypatch, words):
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    monkeypatch.setattr("rlnotes.simulation.fingerprint.user_modules", lambda: loaded_from(tmp_path))
    with forgotten():
        text = run(*shlex.split(words))
    if "--help" in words:
        assert "agent.epsilon  probability ε of a random arm, from 0 to 1 (default 0.1)" in text
    else:
        assert list(tmp_path.glob("results/*/comparison.csv"))
