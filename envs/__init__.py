"""The worlds: environments of Gymnasium, each a batch of independent runs.

Importing this package registers them with Gymnasium, as `rlnotes/GaussianBandit-v0` and so on.
"""

from functools import partial

from gymnasium.envs.registration import register

from rlnotes.base.class_table import Catalog
from rlnotes.envs.base import scalar_env

CATALOG = Catalog(
    gaussian_bandit="rlnotes.envs.bandits.gaussian_bandit:GaussianBandit",
    bernoulli_bandit="rlnotes.envs.bandits.bernoulli_bandit:BernoulliBandit",
    beta_bandit="rlnotes.envs.bandits.beta_bandit:BetaBandit",
    exponential_bandit="rlnotes.envs.bandits.exponential_bandit:ExponentialBandit",
    adversarial_bandit="rlnotes.envs.bandits.adversarial_bandit:AdversarialBandit",
    linear_bandit="rlnotes.envs.bandits.linear_bandit:LinearBandit",
    gridworld="rlnotes.envs.mdps.gridworld:Gridworld",
    gridworld_5x5="rlnotes.envs.mdps.gridworld_5x5:Gridworld5x5",
    gridworld_4x4="rlnotes.envs.mdps.gridworld_4x4:Gridworld4x4",
    jacks_car_rental="rlnotes.envs.mdps.jacks_car_rental:JacksCarRental",
    gamblers_problem="rlnotes.envs.mdps.gamblers_problem:GamblersProblem",
    windy_gridworld="rlnotes.envs.mdps.windy_gridworld:WindyGridworld",
    cliff_walking="rlnotes.envs.mdps.cliff_walking:CliffWalking",
    random_walk="rlnotes.envs.mdps.random_walk:RandomWalk",
    maximization_bias="rlnotes.envs.mdps.maximization_bias:MaximizationBias",
    dyna_maze="rlnotes.envs.mdps.dyna_maze:DynaMaze",
    chain="rlnotes.envs.mdps.chain:Chain",
    river_swim="rlnotes.envs.mdps.river_swim:RiverSwim",
    deep_sea="rlnotes.envs.mdps.deep_sea:DeepSea",
    catch="rlnotes.envs.mdps.catch:Catch",
    forest="rlnotes.envs.mdps.forest:Forest",
    garnet="rlnotes.envs.mdps.garnet:Garnet",
    memory_length="rlnotes.envs.mdps.memory_length:MemoryLength",
    umbrella="rlnotes.envs.mdps.umbrella:Umbrella",
    t_maze="rlnotes.envs.mdps.t_maze:TMaze",
    cart_pole="rlnotes.envs.control.cart_pole:CartPole",
)

__all__ = CATALOG.classes
__getattr__ = CATALOG.attribute


def __dir__() -> list[str]:
    return __all__


for path in CATALOG.values():
    register(
        id=f"rlnotes/{path.partition(':')[2]}-v0",
        entry_point=partial(scalar_env.make, path),
        vector_entry_point=path,
    )
