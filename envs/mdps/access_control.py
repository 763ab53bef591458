"""The access-control queue."""

from dataclasses import dataclass, replace
from math import comb

import numpy as np

from rlnotes.base.memory_check import require_memory_for_model
from rlnotes.envs.mdps.base.mdp import MDP
from rlnotes.envs.mdps.base.model import Model, Outcomes
from rlnotes.envs.mdps.base.picture import Picture

REJECT, ACCEPT = 0, 1
PRIORITIES = [1.0, 2.0, 4.0, 8.0]


@dataclass(eq=False, kw_only=True)
class AccessControl(MDP):
    """Give a free server to the next customer of a queue, or turn the customer away.

    A customer who is served pays a priority; all are equally likely. Action 0 rejects, 1 accepts, which needs a free
    server. Then each busy server becomes free with probability `free`, and the next customer comes. State:
    priorities · free servers + number of the priority. The task continues, so the reward per step counts. It is 2.7476
    at best (`relative_value_iteration`), and 2.6469 if one action in ten is random.
    Source: Sutton & Barto, Reinforcement Learning (2nd ed.), Example 10.2.
    """

    servers: int = 10
    """number of servers, 1 or more"""

    priorities: list[float] | None = None
    """what each kind of customer pays; null: 1, 2, 4 and 8"""

    free: float = 0.06
    """probability that a busy server becomes free in a step"""

    time_limit: int | None = 1_000

    def build(self) -> Model:
        self.require_at_least("servers", 1)
        self.require_probability("free")
        pays = PRIORITIES if self.priorities is None else list(self.priorities)
        self.require("priorities", bool(pays) and bool(np.isfinite(pays).all()), "must be finite numbers, one or more")
        kinds, size = len(pays), (self.servers + 1) * len(pays)
        require_memory_for_model("servers", self.servers, rows=2 * size, entries=2 * size * size)

        def outcomes(state: tuple[int, int], action: int) -> Outcomes:
            idle, kind = state
            if action == ACCEPT and not idle:
                return []
            idle -= action
            busy = self.servers - idle
            return [
                (chance / kinds, (idle + back, following), pays[kind] * action, False)
                for back in range(busy + 1)
                if (chance := comb(busy, back) * self.free**back * (1 - self.free) ** (busy - back)) > 0
                for following in range(kinds)
            ]

        picture = Picture.of_states(size, ["reject", "accept"], width=kinds)
        return Model.from_function(
            [(idle, kind) for idle in range(self.servers + 1) for kind in range(kinds)],
            (REJECT, ACCEPT),
            outcomes,
            start=np.repeat(np.arange(self.servers + 1) == self.servers, kinds) / kinds,
            discount=self.discount,
            picture=replace(picture, axes=("free servers", "priority, from the lowest")),
        )
