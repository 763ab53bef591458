"""A grammar of command lines: right, wrong and absurd ones."""

from dataclasses import fields

from rlnotes import catalog

HUGE = [10**11, 2**62, 2**64]
IDS = ["CartPole-v1", "FrozenLake-v1", "Taxi-v4", "Blackjack-v1", "Pendulum-v1", "rlnotes/GaussianBandit-v0", "None-v0"]
WORDS = ["", "ucb", "null", "true", "no", "größe", "a b", "'", '"', "x'y", "é,è", "${steps}", "${oc.env:HOME}"]
PATHS = ["results", "r/é ü", "/", "/dev/null", "/dev/zero", "file", "file/x", "missing.npy", "'a b'", ".", "..", "//"]
SETTINGS = {
    "steps": [1, 7, 60],
    "runs": [1, 3],
    "episodes": [1, 2, None],
    "seed": [0, 1, 2**32],
    "precision": [0.5, None],
    "checkpoint": [1, 5, None],
    "tensorboard": [True, False],
    "plot.window": [1, 3, None],
    "plot.log_x": [True, False],
    "plot.theory": [True, False],
    "plot.band": ["interval", "quartiles"],
}
FLAGS = ["--help", "-h", "--cfg", "--info", "--hydra-help", "-x", "--run", "-m", "--resolve", "-sc", "--", "-"]
FITTING = [
    ("ucb", "gaussian_bandit"),
    ("lin_ucb", "linear_bandit"),
    ("q_learning", "gridworld"),
    ("td", "random_walk"),
    ("value_iteration", "garnet"),
    ("ucbvi", "river_swim"),
    ("dqn", "CartPole-v1"),
    ("ppo", "catch"),
    ("sb3_ppo", "CartPole-v1"),
    ("random", "FrozenLake-v1"),
]
OTHERS = [
    "+x=1",
    "++steps=3",
    "~steps",
    "~agent",
    "+agent=ucb",
    "agent",
    "=",
    "a=b=c",
    "hydra.sweeper.params={seed:'0,1'}",
    "hydra.mode=RUN",
    "hydra.run.dir=x",
    "hydra/launcher=ubc",
    "hydra.job.chdir=true",
    "plot=null",
    "plot={window:3}",
    "agent={ucb:{delta:[1,{a:2}]}}",
    "env={name:x}",
    "+agent.x={y:[1,{z:2}]}",
]


def value(random):
    """Any value, perhaps nested or swept."""
    kinds = {
        "whole": lambda: random.choice([-1, 0, 1, 2, 3, 7, *HUGE]),
        "real": lambda: random.choice([0.1, 0.5, 1.0, -0.5, 1e-9, 1e300, "nan", "inf", "-inf"]),
        "word": lambda: random.choice(WORDS),
        "path": lambda: random.choice(PATHS),
        "list": lambda: "[" + ",".join(str(value(random)) for _ in range(random.randrange(3))) + "]",
        "mapping": lambda: "{a:" + str(value(random)) + "}",
        "sweep": lambda: ",".join(str(value(random)) for _ in range(2)),
        "range": lambda: random.choice(["range(0,2)", "range(0,1000000000)", "shuffle(range(3))", "interval(0,1)"]),
        "function": lambda: random.choice(["choice(1,2)", "glob(*)", "sort(3,2)", "int(1)", "foo(1)", "tag(x,1)"]),
    }
    return kinds[random.choice(list(kinds))]()


def setting(random, group, name):
    """A word that sets a setting of an agent or environment, mostly one that it has, to a number or to anything."""
    cls = catalog.find(group, name) if name in catalog.CATALOGS[group] else None
    known = [field.name for field in fields(cls)] if cls else ["delta", "arms", "discount", "is_slippery"]
    unusual = ["unknown", "network.widths", "network.activation", "network.body"]
    key = random.choice(known if known and random.random() < 0.85 else unusual)
    number = random.choice([1, 2, 3, 5, 0.1, 0.5, 0.9, *HUGE])
    return f"{group}.{key}={number if random.random() < 0.7 else value(random)}"


def command(random):
    """The words of a command line. Without absurd values its work is small."""
    if random.random() < 0.03:
        return [random.choice(["why", "check", "clean"]), *random.choices(PATHS, k=random.randrange(3))]
    words = []
    chosen = {
        "agent": random.choice([*catalog.CATALOGS["agent"], "ubc", ""]),
        "env": random.choice([*catalog.CATALOGS["env"], *IDS, "gausian_bandit"]),
    }
    if random.random() < 0.5:
        chosen = dict(zip(("agent", "env"), random.choice(FITTING), strict=True))
    for group, name in chosen.items():
        several = random.random() < 0.1
        words.append(f"{group}={name},{random.choice(list(catalog.CATALOGS[group]))}" if several else f"{group}={name}")
        words += [setting(random, group, name) for _ in range(random.choice([0, 0, 0, 1, 2]))]
    small = {"steps": 20, "runs": 2}
    for key, values in SETTINGS.items():
        if random.random() < 0.1:
            small[key] = random.choice(values) if random.random() < 0.8 else value(random)
    small = {key: "null" if given is None else given for key, given in small.items()}
    words += [f"{key}={given}" for key, given in small.items()]
    if random.random() < 0.15:
        words.append(f"results={random.choice(PATHS)}")
    if random.random() < 0.1:
        words.append(random.choice(OTHERS))
    if random.random() < 0.05:
        words.append(random.choice(FLAGS))
    random.shuffle(words)
    return words
