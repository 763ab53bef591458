"""The command `play`: a movie of what was learnt, made without a display."""

import re
import sys

import numpy as np
import pytest
from PIL import Image

from rlnotes import catalog, compare
from rlnotes.cli.play import PYGAME
from rlnotes.envs.base.environment import Environment
from rlnotes.envs.mdps.base.picture import AGENT
from rlnotes.envs.mdps.cliff_walking import CliffWalking
from rlnotes.envs.registered import Registered
from rlnotes.figures import movies
from rlnotes.simulation.store import Store

DQN = catalog.make("agent", "dqn", {"network": {"widths": [6]}, "begin_after": 64})
SCENES = {
    "a map": ("q_learning", CliffWalking(time_limit=40), {"episodes": 100}),
    "named axes": ("policy_iteration", "jacks_car_rental", {"steps": 20}),
    "a long row": ("policy_iteration", "gamblers_problem", {"steps": 20}),
    "a policy for each step": ("backward_induction", CliffWalking(time_limit=40), {"steps": 60}),
    "tables for each step": ("ucb_q", CliffWalking(time_limit=20), {"steps": 60}),
    "a board": ("q_learning", "catch", {"steps": 60}),
    "linear values": ("linear_q_learning", CliffWalking(time_limit=20), {"steps": 60}),
    "no map": ("q_learning", catalog.make("env", "garnet", {"time_limit": 10}), {"steps": 60}),
    "hidden states": (DQN, "umbrella", {"steps": 100}),
    "networks on a map": (DQN, CliffWalking(time_limit=20), {"steps": 100}),
    "networks on Gymnasium's own picture": (DQN, "CartPole-v1", {"steps": 100}),
    "Gymnasium's toy text": ("q_learning", "Taxi-v4", {"steps": 300}),
    "parts of an observation": ("q_learning", "Blackjack-v1", {"steps": 60}),
    "an own environment with a picture": (DQN, "cart_pole", {"steps": 100}),
}


@pytest.fixture(autouse=True)
def no_display(monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    for variable, value in PYGAME.items():  # the command sets them, so pytest has to restore them
        monkeypatch.setenv(variable, value)


@pytest.fixture
def cell(tmp_path):
    """Make the cell of an agent on an environment: a function that returns its folder."""

    def make(agent, env, **extent):
        store = tmp_path / f"results-{len(list(tmp_path.iterdir()))}"
        compare(agent, env, runs=2, results=store, progress=False, **extent)
        [folder] = store.glob("cells/*")
        return str(folder)

    return make


@pytest.mark.parametrize("scene", SCENES)
def test_every_kind_of_scene_becomes_a_movie_whose_frames_differ(scene, cell, run, tmp_path):
    agent, env, extent = SCENES[scene]
    folder = cell(agent, env, **extent)
    printed = run("play", folder, "steps=6", "file=movie.gif")
    assert re.match(r"episode 1: \d steps?, return ", printed)
    with Image.open(tmp_path / "movie.gif") as movie:
        frames = []
        for i in range(movie.n_frames):
            movie.seek(i)
            frames.append(np.asarray(movie.convert("RGB")))
    assert 2 <= len(frames) <= 7
    assert len({frame.tobytes() for frame in frames}) == len(frames)
    assert 256 <= frames[0].shape[1] <= 1000
    assert not list(tmp_path.glob(".*"))


def test_the_agent_is_drawn_in_its_cell(cell, run, tmp_path):
    """Along the cliff the disc goes right and comes down at the goal."""
    run("play", cell("policy_iteration", "cliff_walking", steps=20), "file=movie.gif")
    columns, rows = [], []
    with Image.open(tmp_path / "movie.gif") as movie:
        for i in range(movie.n_frames):
            movie.seek(i)
            near = np.abs(np.asarray(movie.convert("RGB")).astype(int) - AGENT).max(axis=2) < 12
            row, column = np.argwhere(near).mean(axis=0)
            columns, rows = [*columns, column], [*rows, row]
    assert len(columns) == 14
    assert (np.diff(columns[1:-1]) > 10).all()
    assert rows[0] > rows[1] + 10
    assert rows[-1] > rows[-2] + 10


def test_a_board_of_catch_shows_ball_and_paddle_where_the_planes_have_them():
    """Row, ball and paddle of a state are those of the images that `observation=planes` observes."""
    states, images = (catalog.make("env", "catch", {"observation": kind}) for kind in ("state", "planes"))
    board = states.model.picture.board
    for state, (ball, paddle) in enumerate(images.emission):
        shown = np.array([list(line) for line in board(state)])
        assert ((shown == "o") == (ball == 1)).all()
        assert ((shown == "#") == (paddle == 1)).all()


def test_a_comparison_plays_the_agent_that_is_chosen(run, tmp_path):
    found = compare(["q_learning", "policy_iteration"], "cliff_walking", episodes=50, runs=2, progress=False,
                    results=tmp_path / "results")  # fmt: skip
    folder = str(found.save(Store(tmp_path / "results"), "2026-11-29-070434-cliff"))
    assert "episode 1: 13 steps, return -13\n" in run("play", folder, "agent=policy_iteration")
    assert (tmp_path / "policy_iteration-cliff_walking.gif").is_file()
    run("play", "2026-11-29", "agent=q_learning", "run=1", "steps=2", "episodes=5")
    assert (tmp_path / "q_learning-cliff_walking.gif").is_file()


def test_an_mp4_file_has_the_frames_of_the_movie(cell, run, tmp_path):
    from imageio_ffmpeg import count_frames_and_secs

    run("play", cell("policy_iteration", "cliff_walking", steps=20), "file=movie.mp4")
    frames, seconds = count_frames_and_secs(str(tmp_path / "movie.mp4"))
    assert frames == 14 + 4  # the last one stays for a second
    assert seconds == pytest.approx(18 / 4)


def test_an_mp4_file_of_odd_size_is_written_without_a_warning(tmp_path, caplog):
    from imageio_ffmpeg import count_frames_and_secs

    movies.write_movie(tmp_path / "movie.mp4", [np.full((25, 31, 3), 200, np.uint8)] * 3, 4.0)
    assert count_frames_and_secs(str(tmp_path / "movie.mp4"))[0] == 3 + 4
    assert not caplog.records


def test_one_step_is_no_steps(cell, run):
    printed = run("play", cell("q_learning", "catch", steps=60), "steps=1")
    assert "episode 1: 1 step, return 0; it goes on, and the movie stops after 1 step\n" in printed


def test_a_fast_movie_leaves_frames_out_and_takes_the_same_time(tmp_path):
    frames = [np.full((20, 20, 3), 2 * i, np.uint8) for i in range(102)]
    movies.write_movie(tmp_path / "movie.gif", frames, 100.0)
    with Image.open(tmp_path / "movie.gif") as movie:
        assert movie.n_frames == 27
        seconds, shades = 0.0, []
        for i in range(27):
            movie.seek(i)
            seconds += movie.info["duration"] / 1000
            shades.append(np.asarray(movie.convert("RGB"))[0, 0, 0])
    assert shades == [*range(0, 202, 8), 202]
    assert seconds == pytest.approx(26 / 25 + movies.HOLD)


REFUSED = {
    "no folder": (["nowhere"], r"play=nowhere: must be the folder of a cell or of a comparison"),
    "no folder at all": ([], r"play=: must have FOLDER \[agent=NAME\]"),
    "another agent": (["CELL", "agent=sarsa"], r"agent=sarsa: is not in .*: it is a cell of q_learning"),
    "a run that is not there": (["CELL", "run=2"], r"run=2: must be from 0 to 1, the runs whose policies are kept"),
    "a word": (["CELL", "--agent"], r"play=--agent: must be KEY=VALUE: write agent=..."),
    "an unknown setting": (["CELL", "runs=2"], r"runs=2: unknown \(did you mean run\?\); play has agent, "),
    "a number": (["CELL", "steps=many"], r"steps=many: must be a whole number"),
    "a number with two signs": (["CELL", "run=+-1"], r"run=\+-1: must be a whole number"),
    "a number with two lines": (["CELL", "run=1__0"], r"run=1__0: must be a whole number"),
    "no steps": (["CELL", "steps=0"], r"steps=0: must be a whole number, 1 or more"),
    "a format": (["CELL", "file=movie.avi"], r"file=movie.avi: must end in .gif or .mp4"),
    "a folder of the file": (["CELL", "file=no/movie.gif"], r"file=no/movie.gif: must be in a folder that exists; "),
}


@pytest.mark.parametrize("mistake", REFUSED)
def test_a_mistake_is_refused_in_one_line_and_nothing_is_written(mistake, cell, run, tmp_path):
    words, message = REFUSED[mistake]
    folder = cell("q_learning", "catch", steps=60)
    with pytest.raises(SystemExit, match=rf"^rlnotes: {message}") as refused:
        run("play", *(folder if word == "CELL" else word for word in words))
    assert "\n" not in str(refused.value)
    assert {file.suffix for file in tmp_path.iterdir() if file.is_file()} == set()


@pytest.mark.parametrize(
    ("agent", "env", "message"),
    [
        ("ucb", "gaussian_bandit", "env=gaussian_bandit: is a bandit, which has nothing to play"),
        ("random", "catch", "agent=random: stores no policy that can be played"),
        ("td", "random_walk", "agent=td: stores no policy that can be played"),
    ],
)
def test_a_cell_without_a_policy_is_refused(agent, env, message, cell, run):
    with pytest.raises(SystemExit, match=message):
        run("play", cell(agent, env, steps=60))


def test_several_agents_need_a_choice(run, tmp_path):
    found = compare(["q_learning", "sarsa"], "catch", steps=60, runs=2, progress=False, results=tmp_path / "results")
    folder = str(found.save(Store(tmp_path / "results"), "today"))
    with pytest.raises(SystemExit, match="agent=null: must be set: q_learning or sarsa"):
        run("play", folder)
    with pytest.raises(
        SystemExit, match=r"agent=q_learn: unknown \(did you mean q_learning\?\); must be q_learning or"
    ):
        run("play", folder, "agent=q_learn")


def test_missing_packages_are_named_with_the_extra(cell, run, monkeypatch):
    from gymnasium.error import DependencyNotInstalled

    def no_pygame(env, mode=None):
        raise DependencyNotInstalled("pygame is not installed")

    hint = r"pip install -c constraints.txt -e '.\[play\]'"
    taxi = cell("q_learning", "Taxi-v4", steps=300)
    monkeypatch.setattr(Registered, "make", no_pygame)
    monkeypatch.setattr(Registered, "model", CliffWalking().model)
    monkeypatch.setattr(Registered, "masks", None)
    monkeypatch.setattr("rlnotes.cli.play.player", lambda *_, **__: None)
    with pytest.raises(SystemExit, match=rf"env=Taxi-v4: needs pygame to be made: {hint}"):
        run("play", taxi)
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(SystemExit, match=rf"file=a.mp4: needs imageio-ffmpeg to write MP4: {hint}, or write a .gif"):
        run("play", taxi, "file=a.mp4")


def test_an_environment_that_has_other_states_now_is_refused(cell, run, monkeypatch):
    folder = cell("q_learning", "cliff_walking", episodes=5)
    other = catalog.make("env", "catch")
    monkeypatch.setattr("rlnotes.cli.play.made_again", lambda group, settings: other if group == "env" else
                        catalog.make("agent", "q_learning"))  # fmt: skip
    assert isinstance(other, Environment)
    with pytest.raises(SystemExit, match=r"env=catch: has 225 states and 3 actions, and the result a policy for 48 "):
        run("play", folder)


def test_help_has_every_setting_and_an_example(run):
    printed = run("play", "--help")
    for word in (
        "agent",
        "run",
        "episodes",
        "steps",
        "seed",
        "file",
        "GIF or MP4",
        "play 2026-11-29-070434 agent=sarsa",
    ):
        assert word in printed
