"""Jobs of Slurm give the numbers of any launcher; a small program takes the place of Slurm, and runs the jobs here."""

import os
import re

import numpy as np
import pytest

pytest.importorskip("hydra_plugins.hydra_submitit_launcher")
WORDS = ["agent=etc,ucb", "steps=50", "runs=20"]
SBATCH = """\
#!/bin/bash
last=$(sed -n 's/^#SBATCH --array=0-\\([0-9]*\\).*/\\1/p' "$1")
for task in $(seq 0 $last); do
  SLURM_JOB_ID=7$task SLURM_ARRAY_JOB_ID=7 SLURM_ARRAY_TASK_ID=$task SLURM_NTASKS=1 SLURM_JOB_NUM_NODES=1 \\
  SLURM_PROCID=0 SLURM_LOCALID=0 SLURM_NODEID=0 SLURM_JOB_NODELIST=here bash "$1" >/dev/null 2>&1 &
done
echo "Submitted batch job 7"
"""
SRUN = """\
#!/bin/bash
while [[ $1 == --* ]]; do [[ $1 == *=* || $1 == --unbuffered ]] || shift; shift; done
exec "$@"
"""
SACCT = """\
#!/bin/bash
echo "JobID|State|NodeList"
for task in 0 1; do echo "7_$task|RUNNING|here"; done
"""


def data(folder):
    """The arrays of every cell in a folder of results."""
    return {path.name: dict(np.load(path / "data.npz")) for path in folder.glob("cells/*")}


def same_as_here(command, folder):
    """Whether the cells in a folder have the same arrays as the cells of one process."""
    assert command(*WORDS, "results=here").returncode == 0
    others, here = data(folder), data(folder.parent / "here")
    assert others.keys() == here.keys()
    return all((others[cell][name] == here[cell][name]).all() for cell in here for name in here[cell])


@pytest.mark.slow
def test_a_dry_run_starts_the_jobs_on_this_computer(command, tmp_path):
    found = command(*WORDS, "hydra/launcher=submitit_local", "results=jobs")
    assert found.returncode == 0, found.stderr
    assert "Traceback" not in found.stderr
    assert same_as_here(command, tmp_path / "jobs")
    assert list((tmp_path / "jobs" / ".submitit").glob("*/*.out"))
    assert list((tmp_path / "jobs").glob("2*/comparison.csv"))


@pytest.mark.slow
def test_jobs_of_slurm_have_their_folder_in_the_results(command, tmp_path):
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, text in {"sbatch": SBATCH, "srun": SRUN, "sacct": SACCT}.items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    slurm = "hydra/launcher=submitit_slurm", "hydra.launcher.partition=short", "hydra.launcher.timeout_min=5"
    found = command(*WORDS, *slurm, "results=jobs", PATH=path)
    assert found.returncode == 0, found.stderr
    [script] = (tmp_path / "jobs" / ".submitit").rglob("*submission.sh")
    assert re.search(r"^#SBATCH --partition=short$", script.read_text(), re.MULTILINE)
    assert same_as_here(command, tmp_path / "jobs")


def test_without_slurm_a_command_says_so_in_one_line(command):
    failed = command(*WORDS, "hydra/launcher=submitit_slurm")
    assert failed.returncode == 1
    assert failed.stderr.startswith("rlnotes: hydra/launcher=submitit_slurm: needs Slurm, and there is no srun here; ")
    assert failed.stderr.count("\n") == 1
