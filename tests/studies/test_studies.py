"""Every study runs, draws and concludes; the command writes whole files, and names mistakes in one line."""

import sys

import numpy as np
import pytest
import torch

from rlnotes.base.class_table import load_class
from rlnotes.studies import STUDIES
from rlnotes.studies.__main__ import ROOM

QUICK = {
    "initialisation": {"widths": [8, 6, 4], "networks": 2},
    "error_terms": {"length": 6, "units": 4, "networks": 2},
    "kernel_regression": {"samples": 10},
    "autoencoder": {"steps": 2, "widths": [5], "code": 2},
    "vae": {"steps": 2, "widths": [5], "code": 2},
    "gan": {"steps": 1, "seeds": 2, "samples": 30},
    "mode_collapse": {"fits": 2, "steps": 2},
    "imitation": {"tasks": ["catch"], "steps": 256, "runs": 2, "demonstrations": 2},
    "off_policy_evaluation": {"replications": 3, "n": 60},
    "world_model": {"steps": 64, "runs": 1},
    "transformer": {"steps": 1, "length": 3, "tested": 5},
}
"""settings by which a study takes little time"""


@pytest.mark.parametrize("name", STUDIES)
def test_every_study_measures_the_same_again_draws_and_concludes(name):
    study = load_class(STUDIES[name])(**QUICK.get(name, {}))
    before = torch.get_rng_state()
    found, again = study.run(), study.run()
    assert (torch.get_rng_state() == before).all()
    assert found.keys() == again.keys()
    assert all((found[key] == again[key]).all() for key in found)
    assert study.picture(found).axes
    sentence = study.conclude(found)
    assert sentence.endswith(".")
    assert any(letter.isdigit() for letter in sentence)


def command(monkeypatch, *words):
    """Run the command line with these words."""
    monkeypatch.setattr(sys, "argv", ["rlnotes.studies", *words])
    ROOM.main()


def test_the_command_writes_a_picture_and_its_data_and_prints_the_sentence(monkeypatch, tmp_path, capsys):
    command(monkeypatch, "kernel_regression", "samples=10", "noise=0", f"results={tmp_path / 'new'}")
    sentence, path = capsys.readouterr().out.splitlines()
    assert sentence.startswith("Leaving out one point")
    assert path == str(tmp_path / "new" / "kernel_regression.png")
    assert sorted(file.name for file in (tmp_path / "new").iterdir()) == [
        "kernel_regression.npz",
        "kernel_regression.png",
    ]
    with np.load(tmp_path / "new" / "kernel_regression.npz", allow_pickle=False) as found:
        assert found["v"] == pytest.approx(np.sin(found["k"]), abs=1e-6)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["gna"], "study=gna: unknown (did you mean gan?); must be activations, "),
        (["vae", "stps=5"], "stps=5: unknown (did you mean steps?); study vae has code, seed, steps, widths"),
        (["gan", "modes=9"], "modes=9: must be 8 or 25"),
        (["gan", "modes=25", "samples=24"], "samples=24: must be 25 or more: one for each mode"),
        (["gan", "seeds=0"], "seeds=0: must be a whole number, 1 or more"),
        (["vae", "code=64"], "code=64: must be from 1 to 63"),
        (["vae", "widths=[0]"], "widths=[0]: must be a list of whole numbers, 1 or more each"),
        (["autoencoder", "steps=many"], "steps=many: must be a whole number"),
        (["transformer", "length=1"], "length=1: must be a whole number, 2 or more"),
        (["mode_collapse", "share=2"], "share=2: must be from 0 to 1"),
        (["initialisation", "widths=[5]"], "widths=[5]: must be 2 whole numbers or more"),
        (["activations", "seed=-1"], "seed=-1: must be 0 or more"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_written(monkeypatch, tmp_path, words, message):
    with pytest.raises(SystemExit) as stopped:
        command(monkeypatch, *words, f"results={tmp_path / 'new'}")
    assert str(stopped.value).startswith(f"rlnotes.studies: {message}")
    assert "\n" not in str(stopped.value)
    assert not (tmp_path / "new").exists()


def test_a_folder_that_cannot_be_written_and_a_missing_package_are_one_line(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SystemExit, match=r"results=.*file: must be a folder that can be written"):
        command(monkeypatch, "convolution", f"results={tmp_path / 'file'}")
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(SystemExit, match=r"study=vae: needs scikit-learn: pip install .*\[studies\]"):
        command(monkeypatch, "vae", f"results={tmp_path}")
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_help_lists_the_studies_and_the_settings_of_one(monkeypatch, capsys):
    command(monkeypatch)
    listed = capsys.readouterr().out
    assert all(name in listed for name in STUDIES)
    command(monkeypatch, "gan", "--help")
    assert "8 on a circle or 25 on a grid (default 8)" in " ".join(capsys.readouterr().out.split())
