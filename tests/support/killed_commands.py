"""Kill commands at random moments, half of them while they write, and let another one finish their work.

    PYTHONPATH=tests python tests/support/killed_commands.py 100 [SEED]

After every kill the folder holds only cells of an undisturbed command, byte for byte. After the next whole command it
holds all of them, and nothing else. The last line says how many commands were killed, and how many while they wrote.
"""

import random
import sys
import tempfile
import time
from pathlib import Path

from support.processes import started
from support.results import cells

SWEEP = ["agent=etc,ucb", "seed=0,1,2", "steps=400", "runs=2500"]
LEARNING = ["agent=dqn", "agent.begin_after=50", "env=CartPole-v1", "seed=0,1", "steps=400", "runs=2", "checkpoint=10"]
KINDS = {
    "basic": SWEEP,
    "joblib": [*SWEEP, "hydra/launcher=joblib"],
    "ray": [*SWEEP, "hydra/launcher=ray"],
    "checkpoints": LEARNING,
}
KILLS = 5
"""kills before a command may finish"""


def finished(folder, words):
    """Run a command to its end; returns its cells and what else is in its folder."""
    with started(folder, *words) as process:
        assert process.wait(timeout=300) == 0, words
    results = folder / "results"
    others = {path.name for path in results.iterdir() if not (path / "comparison.csv").exists()}
    return cells(results), others - {"cells"}


def unfinished(folder):
    """The folders that a process fills at this moment."""
    return set(folder.glob("results/.unfinished-*")) | set(folder.glob("results/checkpoints/*/.unfinished-*"))


def kill(folder, words, writing, seconds):
    """Kill a command after some seconds, or when it next writes; returns whether it was killed, and while it wrote."""
    before = unfinished(folder)
    with started(folder, *words) as process:
        end = time.monotonic() + seconds
        while process.poll() is None and (time.monotonic() < end or (writing and not unfinished(folder) - before)):
            time.sleep(0.0005)
        wrote = bool(unfinished(folder) - before)
        killed = process.poll() is None
        process.kill()
        process.wait()
    return killed, killed and wrote


if __name__ == "__main__":
    number, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(2**32)
    draw = random.Random(seed)
    undisturbed = {}
    killed = writing = 0
    while killed < number:
        kind = draw.choice(list(KINDS))
        words = KINDS[kind]
        if kind not in undisturbed:
            with tempfile.TemporaryDirectory() as folder:
                undisturbed[kind] = finished(Path(folder), words)[0]
        with tempfile.TemporaryDirectory() as folder:
            for _ in range(KILLS):
                ended, wrote = kill(Path(folder), words, draw.random() < 0.6, 1 + 5 * draw.random())
                killed, writing = killed + ended, writing + wrote
                assert cells(Path(folder) / "results").items() <= undisturbed[kind].items(), (kind, seed)
            found, others = finished(Path(folder), words)
            assert found == undisturbed[kind], (kind, seed)
            assert not others, (kind, seed, others)
        print(f"{kind}: {killed} commands killed, {writing} of them while they wrote", flush=True)
