"""One page per agent and per environment of the catalogue, and a table of each, from docstrings and fields."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pages_of.page import ROOT, escaped, link, prose, table, write
from rlnotes import catalog
from rlnotes.cli import help

TITLES = {"agent": "Agents", "env": "Environments"}
CONTRACT = ROOT / "tests" / "agents" / "test_agent_contract.py"
UNIT = "env=bernoulli_bandit steps=2000"
CONTEXTS = "env=linear_bandit steps=1000 runs=100"
SHORT = "env=river_swim env.discount=1 env.time_limit=20 episodes=100 runs=20"
LIMITED = "env=cliff_walking env.time_limit=100 episodes=100 runs=100"
EXAMPLE = "env=baird agent.alpha=0.005 steps=1000 runs=100"
LINEAR_CONTROL = (
    "linear_sarsa",
    "linear_n_step_sarsa",
    "linear_sarsa_lambda",
    "linear_expected_sarsa",
    "linear_q_learning",
    "linear_q_sigma",
)
POLE = "env=cart_pole 'agent.ranges=[[-2.4,2.4],[-3,3],[-0.21,0.21],[-3,3]]' agent.features=tiles:4x4"
WALK = "env=random_walk episodes=50 runs=100"
TEACH = "python -m rlnotes.run agent=ppo env=cart_pole steps=20000 runs=1 record=evaluation"
"""the command before those of agents that learn from an expert"""
TAUGHT = "env=cart_pole steps=2000 runs=4 'data=results/datasets/ppo-cart_pole-*'"
TASKS = {
    "bandits": "env=gaussian_bandit steps=2000",
    "planning": "env=gridworld steps=1000 runs=100",
    "tabular": "env=cliff_walking episodes=100 runs=100",
    "linear": "env=random_walk env.states=1000 env.jump=100 agent.features=aggregation:10 episodes=100 runs=100",
    "deep": "env=cart_pole steps=2000 runs=4",
    "imitation": TAUGHT,
    **dict.fromkeys(("gail", "wail"), TAUGHT.replace("2000", "20000")),
    "decision_transformer": f"{TAUGHT} agent.learning_steps=200 agent.batch=8",
    "dagger": "env=cart_pole steps=2000 runs=4 'expert=results/cells/ppo-cart_pole-*'",
    "constant_reward": "env=cart_pole steps=20000 runs=4",
    "sb3": "env=cart_pole steps=2100 runs=2",  # sb3_ppo first learns after 2,048 steps
    "world_model": "env=catch env.rows=6 env.observation=planes steps=1000 runs=4",
    **dict.fromkeys(("sac", "td3", "sb3_sac", "sb3_td3"), "env=lqr steps=1000 runs=2"),
    **dict.fromkeys(("ucb_tuned", "ucb_v", "exp3", "exp3_ix", "tsallis_inf"), UNIT),
    **dict.fromkeys(("lin_ucb", "lin_thompson", "lin_epsilon_greedy"), CONTEXTS),
    **dict.fromkeys(("ucb_q", "ucbvi", "psrl", "r_max"), SHORT),
    **dict.fromkeys(("monte_carlo", "off_policy_monte_carlo", "softmax_reinforce"), LIMITED),
    **dict.fromkeys(
        ("td", "n_step_td", "td_lambda", "monte_carlo_prediction", "batch_td", "importance_sampling"), WALK
    ),
    **dict.fromkeys(LINEAR_CONTROL, "env=mountain_car episodes=50 runs=100"),
    **dict.fromkeys(("differential_sarsa", "r_learning"), "env=access_control agent.alpha=0.05 episodes=20 runs=50"),
    "linear_reinforce": f"{POLE} agent.alpha=0.0025 agent.beta=0.01 episodes=100 runs=20",
    "linear_actor_critic": f"{POLE} agent.alpha=0.01 agent.beta=0.02 episodes=100 runs=20",
    **dict.fromkeys(("off_policy_td", "residual_gradient", "gtd2", "tdc", "emphatic_td"), EXAMPLE),
}
"""what an agent plays in its command, by its family, or by its name if it does not accept that"""
PLAYERS = {
    "bandits": "agent=random,ucb",
    "mdps": "agent=random,q_learning",
    "linear_bandit": "agent=random,lin_ucb",
    "gamblers_problem": "agent=value_iteration,policy_iteration",
    "boyan_chain": "agent=lstd,true_online_td_lambda",
    "baird": "agent=off_policy_td,tdc agent.alpha=0.005",
    "two_states": "agent=semi_gradient_td,lstd",
    **dict.fromkeys(("mountain_car", "puddle_world"), "agent=random,linear_sarsa episodes=50 runs=20"),
    "access_control": "agent=random,r_learning",
    "racetrack": "agent=sarsa,q_learning episodes=300 runs=10",
    "short_corridor": "agent=random,softmax_reinforce softmax_reinforce.alpha=0.0002 softmax_reinforce.beta=0",
    "key_to_door": "agent=random,q_learning episodes=1000 runs=20",
    **dict.fromkeys(("control", "memory_length", "umbrella", "t_maze"), "agent=random"),
}
"""who plays in the command of an environment, in the same way"""


def pages() -> None:
    """Write the pages of all agents and environments."""
    for group, names in catalog.CATALOGS.items():
        for name, place in names.items():
            write(f"{group}s/{name}", page(group, name, place))
        write(f"{group}s/index", overview(group))


def overview(group: str) -> str:
    """The table of all agents or environments, one line each, by family."""
    parts = [f"# {TITLES[group]}\n"]
    for heading, places in help.families(group):
        rows = [[f"[`{name}`]({name}.md)", escaped(help.first_line(place))] for name, place in places]
        heading = "For every environment" if heading in help.GROUPS.values() else re.split(r" \[|\.$", heading)[0]
        parts.append(f"## {heading}\n\n{table(['name', 'what it does'], rows)}")
    names = "\n".join(catalog.CATALOGS[group])
    return "\n".join([*parts, f"```{{toctree}}\n:hidden:\n\n{names}\n```\n"])


def page(group: str, name: str, place: str) -> str:
    """The page of an agent or environment."""
    module, _, cls = place.partition(":")
    docstring, source = help.docstring(place), ROOT / Path(*module.split(".")[1:]).with_suffix(".py")
    found = tests(name, cls, source)
    if not docstring or not found:
        raise ValueError(f"{group}={name} has no {'test' if docstring else 'docstring'}, so it can have no page")
    figure = ROOT / "docs" / "images" / "agents" / f"{name}.png"
    if group == "agent" and not figure.exists():
        raise ValueError(f"agent={name} has no figure, so it can have no page: python scripts/figures.py agents")
    rows = [[f"`{group}.{s.name}`", s.kind, f"`{s.default}`", escaped(s.meaning)] for s in help.settings(place)]
    settings = table(["setting", "type", "default", "meaning"], rows) if rows else "It has no settings.\n"
    parts = [
        f"# {name}\n\n{prose(docstring)}\n",
        "\n".join(["## Run it\n\n```sh", *commands(group, name, place), "```\n"]),
        f"![what this command draws](../../images/agents/{name}.png)\n" if group == "agent" else "",
        f"## Settings\n\n{settings}",
        f"## Code and tests\n\n`{cls}` in {link(source)}\n\nTests that name it:\n",
        *found,
    ]
    if group == "agent":
        parts.append(f"\nEvery agent is tested by {link(CONTRACT)} too.\n")
    return "\n".join(parts)


def commands(group: str, name: str, place: str) -> list[str]:
    """The commands that run an agent or environment; before the last one, that of an expert, if it needs one."""
    last = command(group, name, place)
    return [TEACH, last] if "data=" in last or "expert=" in last else [last]


def command(group: str, name: str, place: str) -> str:
    """A command that runs an agent or environment."""
    family = place.partition(":")[0].split(".")[-2]
    if group == "agent":
        return f"python -m rlnotes.run agent={name} {TASKS.get(name) or TASKS.get(family, TASKS['bandits'])}"
    players = PLAYERS.get(name) or PLAYERS[family]
    extent = "" if family == "bandits" or "episodes=" in players else " env.time_limit=100 steps=2000 runs=100"
    return f"python -m rlnotes.run {players} env={name}{extent}"


def tests(name: str, cls: str, source: Path) -> list[str]:
    """The tests that name a class or its name on the command line, as items of a list.

    The tests mirror the folders of the code. Tests elsewhere are listed only if the mirrored folder has none.
    """
    mirrored = ROOT / "tests" / source.parent.relative_to(ROOT)
    for folder in (mirrored, ROOT / "tests"):
        items = []
        for path in sorted(folder.rglob("test_*.py")):
            functions, elsewhere = words(path)
            named = [f"`{test}`" for test, said in functions.items() if said & {cls, f"={name}"}]
            if named or elsewhere & {cls, f"={name}"}:
                items.append(f"- {link(path)}" + (f": {', '.join(named)}" if named else ""))
        if items:
            return items
    return []


@cache
def words(path: Path) -> tuple[dict[str, set[str]], set[str]]:
    """What every test function of a file names, and what the rest of the file names, as in `said`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    rest = (node for node in tree.body if node not in functions and not isinstance(node, ast.ImportFrom | ast.Expr))
    return {test.name: set(said(test)) for test in functions}, {word for node in rest for word in said(node)}


def said(node: ast.AST) -> Iterator[str]:
    """The names in code, and what its strings name: =ucb if a string is ucb, or has agent=ucb or agent=etc,ucb."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            yield inner.id
        elif isinstance(inner, ast.Attribute):
            yield inner.attr
        elif isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            yield from (f"={word}" for word in (inner.value, *re.findall(r"(?<=[=,])\w+", inner.value)))
