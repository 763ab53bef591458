"""Deep agents whose settings let them learn within a few dozen steps."""

from rlnotes import catalog
from rlnotes.envs.control.cart_pole import CartPole
from rlnotes.envs.mdps.catch import Catch

REPLAY = {"begin_after": 20, "learn_every": 3, "copy_every": 9, "capacity": 60}
DEEP = {
    "dqn": REPLAY | {"batch": 8, "n": 2, "network": {"widths": [6]}},
    "drqn": REPLAY | {"batch": 3, "sequence": 4, "burn_in": 1, "network": {"body": "gru", "widths": [6]}},
    "reinforce": {"rollout": 10, "network": {"widths": [6]}},
    "actor_critic": {"rollout": 8, "network": {"widths": [6], "inputs": "standardise"}},
    "ppo": {"rollout": 16, "minibatch": 8, "sequence": 4, "epochs": 2, "network": {"body": "lstm", "widths": [6]}},
}
"""agents of this project for any actions that they can count"""

IMAGINER = {"code": 3, "hidden": [6], "n": 2, "outcomes": 2, "sequence": 3, "burn_in": 1, "updates": 1}
IMAGINERS = {"world_model": REPLAY | IMAGINER | {"batch": 4, "network": {"body": "gru", "widths": [6]}}}
"""agents of this project for images"""

ACTOR = {"begin_after": 20, "capacity": 60, "batch": 8, "learn_every": 3, "tau": 0.1, "network": {"widths": [6]}}
ACTORS = {"sac": ACTOR, "td3": ACTOR}
"""agents of this project for actions of real numbers"""

CLONE = {"learning_steps": 20, "batch": 8, "network": {"widths": [6]}}
SEQUENCES = {"network": {"body": "transformer", "widths": [8], "window": 4}}
CLONES = {"behaviour_cloning": CLONE, "percent_bc": CLONE, "decision_transformer": CLONE | SEQUENCES}
"""agents of this project that learn from recorded steps alone"""

GAME = {"rollout": 16, "minibatch": 8, "epochs": 2, "judge_steps": 2, "judge_batch": 8, "network": {"widths": [6]}}
GAMES = {"gail": GAME, "wail": GAME}
"""agents of this project that learn from recorded steps and from their own"""

CONTROL = {"rollout": 16, "minibatch": 8, "epochs": 2, "network": {"widths": [6]}}
ASKING = {"begin_after": 20, "learn_every": 10, "updates": 2, "batch": 8, "network": {"widths": [6]}}
IMITATORS = CLONES | GAMES | {"constant_reward": CONTROL, "dagger": ASKING}
"""agents of this project that imitate, and their control"""

OFF_POLICY = {"begin_after": 8, "batch": 8, "learn_every": 2, "copy_every": 8, "learning_rate": 0.01}
ON_POLICY = {"rollout": 16, "learning_rate": 0.01}
SB3 = {
    "sb3_dqn": OFF_POLICY,
    "sb3_qrdqn": OFF_POLICY | {"quantiles": 5, "exploration_fraction": 0.1},
    "sb3_a2c": ON_POLICY,
    "sb3_ppo": ON_POLICY | {"minibatch": 8, "epochs": 4},
    "sb3_recurrent_ppo": ON_POLICY | {"minibatch": 8, "epochs": 4},
}
"""agents of stable-baselines3"""

SB3_ACTOR = {"begin_after": 8, "batch": 8, "learn_every": 2, "learning_rate": 0.01}
SB3_ACTORS = {"sb3_sac": SB3_ACTOR, "sb3_td3": SB3_ACTOR}
"""agents of stable-baselines3 for actions of real numbers"""


def quick(name, **settings):
    """A new agent that learns quickly, with these settings changed."""
    return catalog.make("agent", name, (DEEP | IMAGINERS | ACTORS | IMITATORS | SB3 | SB3_ACTORS)[name] | settings)


def task(name, **settings):
    """An environment with episodes that the agent of this name accepts: a pole on a cart, a pendulum, or images."""
    if name in IMAGINERS:
        return Catch(rows=4, columns=3, observation="planes")
    if name in ACTORS | SB3_ACTORS:
        return catalog.make("env", "Pendulum-v1", {"max_episode_steps": 20})
    return CartPole(**settings)
