"""Edits of scripts, agents and environments that change numbers: the files before and after each edit."""

SHOW = """
from rlnotes.agents import UCB
from rlnotes.envs import GaussianBandit
from rlnotes.simulation.cell import UNCOVERED, Cell
def show(agent, env=None):
    cell = Cell(agent, env or GaussianBandit())
    print(cell.settings.get(UNCOVERED, cell.name))
"""
MAIN = SHOW + "from mine import Mine\nshow(Mine())\n"


def agent(imports="", value="0", field=""):
    """The text of a module with an agent that uses a value."""
    return f"""
from dataclasses import dataclass
from typing import TYPE_CHECKING
from rlnotes.agents import Random
{imports}
@dataclass
class Mine(Random):
    {field or '"an agent"'}
    def act(self, observation):
        return super().act(observation) * {value}
"""


HELPERS = {"helper.py": "def x(): return 0\n"}, {"helper.py": "def x(): return 1\n"}
CONSTANTS = {"eps.txt": "0.1"}, {"eps.txt": "0.2"}
READ = "\neps = float(open('eps.txt').read())\n"
PACKAGE = {"pack/__init__.py": "", "main.py": SHOW + "from pack.mine import Mine\nshow(Mine())\n"}
MADE = """
def make(eps):
    @dataclass
    class Mine(Random):
        def act(self, observation):
            return super().act(observation) * int(eps)
    return Mine
"""
ENV = """
import gymnasium
class World(gymnasium.Env):
    observation_space = action_space = gymnasium.spaces.Discrete(2)
    def __init__(self, eps=None): self.eps = eps
    def reset(self, *, seed=None, options=None): return 0, {}
    def step(self, action): return 0, float(action), True, False, {}
"""
WRAPPED = """
import gymnasium
from rlnotes.agents.random import Random
from rlnotes.envs.registered import Registered
from world import World
class Halved(gymnasium.RewardWrapper):
    def reward(self, reward): return reward / 2
"""


def registered(arguments, before=""):
    """A script that registers an environment with these arguments."""
    end = f"gymnasium.register('World-v0', {arguments})\nshow(Random(), Registered('World-v0'))\n"
    return {"world.py": ENV, "main.py": SHOW + WRAPPED + before + end}


def edited(text, old, new):
    """The same files, before and after an edit of one text."""
    assert old in text
    return text, text.replace(old, new)


def with_main(text, files=None):
    """Files with a script that continues with this text."""
    return {"main.py": SHOW + text, **(files or {})}


def both(shared, pair):
    """Shared files with each of two others."""
    return tuple(shared | one for one in pair)


IMPORTED = """
import mine
from pathlib import Path
from mine import Mine
Path("mine.py").write_text(Path("mine.py").read_text().replace("* 0", "* 11"))
"""
ARRAY = "entry_point=World, kwargs={'eps': numpy.array([eps])}"
EDITS = {
    "the agent": ({"mine.py": agent()}, {"mine.py": agent(value="1")}),
    "a helper": both({"mine.py": agent("import helper", "helper.x()")}, HELPERS),
    "a function of a helper": both({"mine.py": agent("from helper import x", "x()")}, HELPERS),
    "a helper that nobody has loaded yet": both(
        {"mine.py": agent() + "\n    def go_on(self, *args):\n        from helper import x\n"}, HELPERS
    ),
    "a helper loaded by its name": both(
        {"mine.py": agent("import importlib\nh = importlib.import_module('helper')", "h.x()")}, HELPERS
    ),
    "a relative import": both(
        PACKAGE | {"pack/mine.py": agent("from .helper import x", "x()")},
        [{f"pack/{name}": text for name, text in one.items()} for one in HELPERS],
    ),
    "a relative import of a module": both(
        PACKAGE | {"pack/mine.py": agent("from . import helper as h", "h.x()")},
        [{f"pack/{name}": text for name, text in one.items()} for one in HELPERS],
    ),
    "the else of TYPE_CHECKING": both(
        {"mine.py": agent("if TYPE_CHECKING:\n    import os\nelse:\n    from helper import x", "x()")}, HELPERS
    ),
    "a helper named like a standard module": both(
        {"mine.py": agent("import wave", "wave.x()")}, [{"wave.py": text["helper.py"]} for text in HELPERS]
    ),
    "an installed package": tuple(
        {
            "mine.py": agent("import sys; sys.path.append('site-packages')\nimport installed_helper as h", "h.x"),
            "site-packages/installed_helper.py": "x = 0",
            f"site-packages/installed_helper-{v}.dist-info/METADATA": f"Name: installed_helper\nVersion: {v}\n",
        }
        for v in ("1.0", "2.0")
    ),
    "a variable that a script sets": both(
        with_main(READ + "import mine\nmine.EPS = eps\nshow(mine.Mine())", {"mine.py": agent("EPS = 1", "EPS")}),
        CONSTANTS,
    ),
    "a variable of a module without functions": both(
        with_main(
            READ + "import mine, settings\nsettings.EPS = eps\nshow(mine.Mine())",
            {"mine.py": agent("import settings", "settings.EPS"), "settings.py": "EPS = 1"},
        ),
        CONSTANTS,
    ),
    "an object that a script sets": both(
        with_main(
            READ + "import mine\nmine.P.eps = eps\nshow(mine.Mine())",
            {"mine.py": agent("from types import SimpleNamespace\nP = SimpleNamespace(eps=1)", "P.eps")},
        ),
        CONSTANTS,
    ),
    "an attribute of a class": both(
        with_main(READ + "import mine\nmine.Mine.eps = eps\nshow(mine.Mine())", {"mine.py": agent(value="self.eps")}),
        CONSTANTS,
    ),
    "a replaced helper": both(
        with_main(
            READ + "import mine\nmine.x = lambda: eps\nshow(mine.Mine())",
            HELPERS[0] | {"mine.py": agent("from helper import x", "x()")},
        ),
        CONSTANTS,
    ),
    "a class from a function": both(
        with_main(READ + "from mine import make\nshow(make(eps)())", {"mine.py": agent() + MADE}), CONSTANTS
    ),
    "a default of a function": both({"mine.py": agent(READ + "def x(y=eps): return y", "x()")}, CONSTANTS),
    "a replaced method of the catalogue's agent": both(
        with_main(READ + "old = UCB.act\nUCB.act = lambda self, o: old(self, o) * int(eps)\nshow(UCB())"), CONSTANTS
    ),
    "a replaced function of this project": both(
        with_main(
            READ + "import rlnotes.simulation.simulate as s\nold = s.precise\ns.precise = lambda *a: eps\nshow(UCB())"
        ),
        CONSTANTS,
    ),
    "a variable of this project": both(
        with_main(READ + "import rlnotes.simulation.simulate as s\ns.MOST_RUNS = eps\nshow(UCB())"), CONSTANTS
    ),
    "a file that a setting names": both({"mine.py": agent(field="file: str = 'eps.txt'")}, CONSTANTS),
    "a function as a setting": both(
        with_main(
            READ + "from typing import Any\nfrom mine import Mine\nshow(Mine(rule=lambda: eps))",
            {"mine.py": agent("from typing import Any", "self.rule()", "rule: Any = None")},
        ),
        CONSTANTS,
    ),
    "an argument of a registered environment": both(
        registered("entry_point=World, kwargs={'eps': eps}", READ), CONSTANTS
    ),
    "an array as an argument": both(registered(ARRAY, "import numpy\n" + READ), CONSTANTS),
    "a function as an argument": both(registered("entry_point=World, kwargs={'eps': lambda: eps}", READ), CONSTANTS),
    "a partial as the maker": both(
        registered("entry_point=functools.partial(World, eps=eps)", "import functools\n" + READ), CONSTANTS
    ),
    "a lambda as the maker": both(registered("entry_point=lambda **k: World(eps)", READ), CONSTANTS),
    "a wrapper": tuple(
        registered("entry_point=World, additional_wrappers=(Halved.wrapper_spec(),)") | {"main.py": text}
        for text in edited(
            registered("entry_point=World, additional_wrappers=(Halved.wrapper_spec(),)")["main.py"], "/ 2", "/ 3"
        )
    ),
    "the environment": tuple(
        registered("entry_point='world:World'") | {"world.py": text} for text in edited(ENV, "float(action)", "0.0")
    ),
    "code that was edited after its import": both(
        with_main(IMPORTED + "show(Mine())"), ({"mine.py": agent()}, {"mine.py": agent(value="11")})
    ),
    "an old class of a module that was loaded again": both(
        with_main(IMPORTED + "import importlib\nimportlib.reload(mine)\nshow(Mine())"),
        ({"mine.py": agent()}, {"mine.py": agent(value="11")}),
    ),
}
