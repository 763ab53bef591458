"""Global state of the process that one test could leave to another."""

import gc
import os
import signal
import sys
import threading
import warnings

import gymnasium
import numpy as np

from rlnotes import agents, envs

SET_BY_IMPORTS = ("PYTEST_", "TORCHINDUCTOR_", "KMP_", "PYGAME_")
"""beginnings of the environment variables that packages set when they are imported, and pytest for each test"""


def process_state():
    """The global state by name. Packages that no test has imported yet have none."""
    state = {
        "the working directory": os.getcwd(),
        "environment variables": {key: os.environ[key] for key in os.environ if not key.startswith(SET_BY_IMPORTS)},
        "sys.argv": list(sys.argv),
        "sys.path": list(sys.path),
        "garbage collection": gc.isenabled(),
        "the handler of SIGINT": signal.getsignal(signal.SIGINT),
        "the format of warnings": (warnings.formatwarning, warnings.showwarning),
        "threads": [thread.name for thread in threading.enumerate() if not thread.daemon],
        "NumPy's print options": np.get_printoptions(),
        "NumPy's handling of errors": np.geterr(),
        "the catalogues": (dict(agents.CATALOG), dict(envs.CATALOG)),
        "Gymnasium's registry": list(gymnasium.registry),
    }
    if torch := sys.modules.get("torch"):
        state["torch's settings"] = torch.get_default_dtype(), torch.get_num_threads(), torch.is_grad_enabled()
    if matplotlib := sys.modules.get("matplotlib"):
        state["matplotlib's settings"] = matplotlib.rcParams.copy()
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        state["open figures"] = pyplot.get_fignums()
    if hydra := sys.modules.get("hydra.core.global_hydra"):
        state["Hydra's global object"] = hydra.GlobalHydra.instance().is_initialized()
    return state


def changes(before, after):
    """The changes of state in words."""
    return [f"{name}: {old} became {after[name]}" for name, old in before.items() if after[name] != old]
