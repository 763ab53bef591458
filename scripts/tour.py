"""A tour of environments of other packages: every agent that fits plays each of them, by a command.

It needs `pip install -c constraints.txt -e '.[environments]'`.
"""

import json
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import yaml
from rich.console import Console
from rich.table import Table

from rlnotes import catalog
from rlnotes.agents import Random
from rlnotes.agents.base.agent import Problem
from rlnotes.base.errors import SettingError
from rlnotes.envs.registered import Registered
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.recorder import Recorder

STEPS = 2_000
"""steps that every agent plays"""
MEASURED, REPEATS = 0.5, 5
"""seconds of the plain loop in a measurement of speed, and number of measurements"""
PIXELS = "[GrayscaleObservation,{name: ResizeObservation, shape: [42,42]},{name: FrameStackObservation, stack_size: 2}]"
IMAGE = "[{name: FilterObservation, filter_keys: [image]}]"
STOPS = {
    "minigrid:MiniGrid-Empty-5x5-v0": {"wrappers": IMAGE},
    "minigrid:MiniGrid-DoorKey-5x5-v0": {"wrappers": "['minigrid.wrappers:ImgObsWrapper']"},
    "minigrid:BabyAI-GoToRedBallGrey-v0": {"wrappers": IMAGE},
    "ale_py:ALE/Pong-v5": {"wrappers": PIXELS},
    "ale_py:ALE/Breakout-v5": {"obs_type": "ram"},
    "scripts/minatar_ids.py:MinAtar/Breakout-v1": {},
    "scripts/minatar_ids.py:MinAtar/Asterix-v1": {},
    "popgym:popgym-RepeatPreviousEasy-v0": {},
    "popgym:popgym-VelocityOnlyCartpoleEasy-v0": {},
    "popgym:popgym-BattleshipEasy-v0": {},
    "highway_env:two-way-v0": {},
    "highway_env:parking-v0": {},
    "LunarLander-v3": {},
    "BipedalWalker-v3": {},
    "Hopper-v5": {},
    "Reacher-v5": {},
    "InvertedPendulum-v5": {},
    "flappy_bird_gymnasium:FlappyBird-v0": {"kwargs": "{use_lidar: false}"},
    "gymnasium_robotics:PointMaze_UMaze-v3": {},
    "gymnasium_robotics:AdroitHandDoor-v1": {},
}
"""the environments, by id, with the settings of each as the command line has them"""


@dataclass
class Visit:
    """What became of one environment."""

    id: str
    agents: dict[str, float] = field(default_factory=dict)
    """steps a second of each agent that fits"""
    plain: float = float("nan")
    """steps a second of the environment alone"""
    ratio: float = float("nan")
    """speed of the agent `random` here, as a share of that"""
    fault: str = ""


def plain_loop(env: Registered, steps: int) -> float:
    """Seconds that Gymnasium's own loop takes with random actions."""
    made = env.make()
    made.reset(seed=0)
    made.action_space.seed(0)
    began = time.perf_counter()
    for _ in range(steps):
        *_, terminated, truncated, _ = made.step(made.action_space.sample())
        if terminated or truncated:
            made.reset()
    seconds = time.perf_counter() - began
    made.close()
    return seconds


def loop_here(env: Registered, steps: int) -> float:
    """Seconds that the same takes the agent `random` here, with all checks and the record."""
    recorder, agent = Recorder(env.batch(1), steps, seed=0), Random()
    agent.begin(Problem.of(env, recorder, steps), np.random.default_rng(0))
    agent.learn(recorder, steps)
    seconds = time.perf_counter() - recorder.began
    recorder.close()
    return seconds


def measure(env: Registered, visit: Visit) -> None:
    """Measure the speed of `random` beside the plain loop, in turn."""
    steps = int(min(50_000, max(50, 200 * MEASURED / plain_loop(env, 200))))
    pairs = [(plain_loop(env, steps), loop_here(env, steps)) for _ in range(REPEATS)]
    visit.plain = steps / median(plain for plain, _ in pairs)
    visit.ratio = median(plain / here for plain, here in pairs)


def fitting(env: Registered, refusals: dict[str, list[str]]) -> list[str]:
    """The agents that fit; what the others need goes into `refusals`."""
    found = []
    for name in catalog.CATALOGS["agent"]:
        try:
            Cell(catalog.make("agent", name), env, STEPS, runs=1)
            found.append(name)
        except SettingError as error:
            if error.setting not in ("agent", "data", "expert"):
                raise
            refusals[error.requirement.rpartition(": it ")[2].partition(", not ")[0]].append(env.id)
    return found


def play(visit: Visit, agents: list[str], words: list[str]) -> None:
    """Compare the agents by a command; store their speeds, or what went wrong."""
    with TemporaryDirectory() as folder:
        compared = [f"agent={','.join(agents)}", f"steps={STEPS}", "runs=1", "evaluation_episodes=1"]
        command = [sys.executable, "-m", "rlnotes.run", f"env={visit.id}", *words, *compared, f"results={folder}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode or "Traceback" in done.stderr:
            visit.fault = done.stderr.strip().splitlines()[-1]
            return
        [file] = Path(folder).glob("*/comparison.json")
        rows: list[dict[str, Any]] = json.loads(file.read_text())["rows"]
    visit.agents = {row["agent"]: row["steps_per_second"] for row in rows}
    if missing := set(agents) - set(visit.agents):
        visit.fault = f"no result of {', '.join(sorted(missing))}"


def tour(words: list[str]) -> bool:
    """Visit the environments whose ids contain one of the words, print what was found; whether all went well."""
    visits, refusals = [], defaultdict[str, list[str]](list)
    for id, settings in STOPS.items():
        if words and not any(word in id for word in words):
            continue
        visits.append(visit := Visit(id))
        try:
            env = catalog.make("env", id, {key: yaml.safe_load(value) for key, value in settings.items()})
            agents = fitting(env, refusals)
            measure(env, visit)
            play(visit, agents, [f"env.{key}={value}" for key, value in settings.items()])
        except SettingError as error:
            visit.fault = str(error)
        print(f"{id}: {visit.fault or f'{len(visit.agents)} agents'}", file=sys.stderr, flush=True)
    table = Table("environment", "agents", "its own loop", "random", "slowest agent", "fault")
    for visit in visits:
        speeds = sorted((speed, name) for name, speed in visit.agents.items())
        slowest = f"{speeds[0][0]:,.0f} ({speeds[0][1]})" if speeds else ""
        table.add_row(visit.id, str(len(speeds)), f"{visit.plain:,.0f}", f"{visit.ratio:.2f}", slowest, visit.fault)
    Console(width=120, markup=False).print(table)
    print("Steps a second; of `random` the ratio to the environment's own loop. What the other agents need:")
    for requirement, ids in sorted(refusals.items(), key=lambda item: -len(item[1])):
        print(f"    {requirement}: {len(ids)} refusals on {len(set(ids))} environments")
    return not any(visit.fault for visit in visits)
