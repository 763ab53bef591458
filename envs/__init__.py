"""Environments in the form of Gymnasium's, each a batch of independent runs.

Importing this package registers every environment of `CATALOG` with Gymnasium, such as `rlnotes/GaussianBandit-v0`.
Use `MDP`, `Model`, `ModelEnv` and `from_gymnasium` to make finite MDPs of your own, `StochasticBandit` and `Rewards` to
make bandits, and `Registered` for any id of Gymnasium's with settings.
"""

from functools import partial
from typing import TYPE_CHECKING

from gymnasium.envs.registration import register

from rlnotes.base.class_table import Catalog
from rlnotes.envs.base import scalar_env

if TYPE_CHECKING:
    from rlnotes.envs.bandits.base.stochastic_bandit import StochasticBandit
    from rlnotes.envs.base.rewards import Rewards
    from rlnotes.envs.mdps.base.mdp import MDP
    from rlnotes.envs.mdps.base.model import Model
    from rlnotes.envs.mdps.base.model_env import ModelEnv
    from rlnotes.envs.mdps.base.toy_text import from_gymnasium
    from rlnotes.envs.registered import Registered

CATALOG = Catalog(
    gaussian_bandit="rlnotes.envs.bandits.gaussian_bandit:GaussianBandit",
    bernoulli_bandit="rlnotes.envs.bandits.bernoulli_bandit:BernoulliBandit",
    beta_bandit="rlnotes.envs.bandits.beta_bandit:BetaBandit",
    exponential_bandit="rlnotes.envs.bandits.exponential_bandit:ExponentialBandit",
    adversarial_bandit="rlnotes.envs.bandits.adversarial_bandit:AdversarialBandit",
    linear_bandit="rlnotes.envs.bandits.linear_bandit:LinearBandit",
    classification_bandit="rlnotes.envs.bandits.classification_bandit:ClassificationBandit",
    gridworld="rlnotes.envs.mdps.gridworld:Gridworld",
    gridworld_5x5="rlnotes.envs.mdps.gridworld_5x5:Gridworld5x5",
    gridworld_4x4="rlnotes.envs.mdps.gridworld_4x4:Gridworld4x4",
    jacks_car_rental="rlnotes.envs.mdps.jacks_car_rental:JacksCarRental",
    gamblers_problem="rlnotes.envs.mdps.gamblers_problem:GamblersProblem",
    windy_gridworld="rlnotes.envs.mdps.windy_gridworld:WindyGridworld",
    cliff_walking="rlnotes.envs.mdps.cliff_walking:CliffWalking",
    random_walk="rlnotes.envs.mdps.random_walk:RandomWalk",
    boyan_chain="rlnotes.envs.mdps.boyan_chain:BoyanChain",
    baird="rlnotes.envs.mdps.baird:Baird",
    two_states="rlnotes.envs.mdps.two_states:TwoStates",
    short_corridor="rlnotes.envs.mdps.short_corridor:ShortCorridor",
    maximization_bias="rlnotes.envs.mdps.maximization_bias:MaximizationBias",
    dyna_maze="rlnotes.envs.mdps.dyna_maze:DynaMaze",
    changing_maze="rlnotes.envs.mdps.changing_maze:ChangingMaze",
    access_control="rlnotes.envs.mdps.access_control:AccessControl",
    racetrack="rlnotes.envs.mdps.racetrack:Racetrack",
    rod="rlnotes.envs.mdps.rod:Rod",
    blackjack="rlnotes.envs.mdps.blackjack:Blackjack",
    chain="rlnotes.envs.mdps.chain:Chain",
    river_swim="rlnotes.envs.mdps.river_swim:RiverSwim",
    deep_sea="rlnotes.envs.mdps.deep_sea:DeepSea",
    catch="rlnotes.envs.mdps.catch:Catch",
    forest="rlnotes.envs.mdps.forest:Forest",
    garnet="rlnotes.envs.mdps.garnet:Garnet",
    memory_length="rlnotes.envs.mdps.memory_length:MemoryLength",
    umbrella="rlnotes.envs.mdps.umbrella:Umbrella",
    t_maze="rlnotes.envs.mdps.t_maze:TMaze",
    key_to_door="rlnotes.envs.mdps.key_to_door:KeyToDoor",
    model="rlnotes.envs.mdps.model_file:ModelFile",
    cart_pole="rlnotes.envs.control.cart_pole:CartPole",
    mountain_car="rlnotes.envs.control.mountain_car:MountainCar",
    puddle_world="rlnotes.envs.control.puddle_world:PuddleWorld",
    lqr="rlnotes.envs.control.lqr:LQR",
)

BASE = {
    "StochasticBandit": "rlnotes.envs.bandits.base.stochastic_bandit:StochasticBandit",
    "Rewards": "rlnotes.envs.base.rewards:Rewards",
    "MDP": "rlnotes.envs.mdps.base.mdp:MDP",
    "Model": "rlnotes.envs.mdps.base.model:Model",
    "ModelEnv": "rlnotes.envs.mdps.base.model_env:ModelEnv",
    "from_gymnasium": "rlnotes.envs.mdps.base.toy_text:from_gymnasium",
    "Registered": "rlnotes.envs.registered:Registered",
}
"""names for bandits and finite MDPs of your own, and for ids of Gymnasium's"""

__all__ = [*CATALOG.classes, "MDP", "Model", "ModelEnv", "Registered", "Rewards", "StochasticBandit", "from_gymnasium"]
__getattr__ = partial(CATALOG.attribute, base=BASE)


def __dir__() -> list[str]:
    return __all__


for path in CATALOG.values():
    register(
        id=f"rlnotes/{path.partition(':')[2]}-v0",
        entry_point=partial(scalar_env.make, path),
        vector_entry_point=path,
    )
