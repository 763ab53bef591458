"""The learners: agents, each a batch of independent learners, one a run."""

from rlnotes.envs.catalog import Catalog

CATALOG = Catalog(
    random="rlnotes.agents.random:Random",
    epsilon_greedy="rlnotes.agents.bandits.epsilon_greedy:EpsilonGreedy",
    etc="rlnotes.agents.bandits.etc:ETC",
    ucb="rlnotes.agents.bandits.ucb:UCB",
    ucb_asymptotic="rlnotes.agents.bandits.ucb_asymptotic:UCBAsymptotic",
)

__all__ = CATALOG.classes
__getattr__ = CATALOG.attribute


def __dir__() -> list[str]:
    return __all__
