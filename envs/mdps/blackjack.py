"""Blackjack, with its model."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from rlnotes.envs.mdps.base.mdp import MDP
from rlnotes.envs.mdps.base.model import Model, Outcomes
from rlnotes.envs.mdps.base.picture import Picture

Hand = tuple[int, bool]
"""the sum of the cards, and whether an ace counts as 11 in it"""
STICK, HIT = 0, 1
GOAL, FIRST, DEALER_STICKS = 21, 12, 17
"""the largest sum, the least at which the player can choose, and the least at which the dealer takes no more cards"""
CARDS = {card: (4 if card == 10 else 1) / 13 for card in range(1, 11)}
"""chances of the cards of a deck without end; an ace is 1"""
NATURAL: Hand = (0, True)
"""the hand of an ace and a 10 at the start"""


@dataclass(eq=False, kw_only=True)
class Blackjack(MDP):
    """Take cards to come near 21, and not above, and nearer than the dealer.

    State: the player's sum, 12 to 21, whether an ace counts as 11 in it (usable), and the dealer's open card, 1 to 10;
    after them a natural, an ace and a 10 at the start, for each open card. Below 12 the player takes another card
    anyway. Action 0 sticks, 1 hits. The deck has no end. The dealer sticks at 17 or more. Winning pays 1, losing −1, a
    draw 0. A natural wins unless the dealer has one too, whatever the action is. The value of the best policy at the
    start is −0.0431.
    Source: Sutton & Barto, Reinforcement Learning (2nd ed.), Example 5.1.
    """

    def build(self) -> Model:
        hands = [(total, usable) for usable in (True, False) for total in range(FIRST, GOAL + 1)]
        states = [(hand, card) for hand in [*hands, NATURAL] for card in CARDS]

        def outcomes(state: tuple[Hand, int], action: int) -> Outcomes:
            hand, card = state
            if hand == NATURAL:
                draw = CARDS[10] if card == 1 else CARDS[1] if card == 10 else 0.0
                return [(p, state, reward, True) for p, reward in ((1 - draw, 1.0), (draw, 0.0)) if p]
            if action == STICK:
                chances: dict[float, float] = defaultdict(float)
                for total, p in dealt((card, False) if card > 1 else (11, True)).items():
                    chances[float(np.sign(hand[0] - total)) if total <= GOAL else 1.0] += p
                return [(p, state, reward, True) for reward, p in chances.items()]
            return [
                (p, state, -1.0, True) if to[0] > GOAL else (p, (to, card), 0.0, False) for p, to in with_a_card(hand)
            ]

        first = first_hands()
        start = [first[hand] * CARDS[card] for hand, card in states]
        picture = Picture.of_states(len(states), ["stick", "hit"], width=len(CARDS))
        return Model.from_function(
            states, (STICK, HIT), outcomes, start=np.array(start), discount=self.discount, picture=picture
        )


def with_a_card(hand: Hand) -> Iterator[tuple[float, Hand]]:
    """The probability of every next card, and the hand with it."""
    for card, p in CARDS.items():
        total, usable = hand[0] + card, hand[1]
        if card == 1 and total + 10 <= GOAL:
            total, usable = total + 10, True
        elif total > GOAL and usable:
            total, usable = total - 10, False
        yield p, (total, usable)


@cache
def dealt(hand: Hand) -> dict[int, float]:
    """The probabilities of the sums at which a dealer with this hand ends."""
    if hand[0] >= DEALER_STICKS:
        return {hand[0]: 1.0}
    chances: dict[int, float] = defaultdict(float)
    for p, to in with_a_card(hand):
        for total, chance in dealt(to).items():
            chances[total] += p * chance
    return chances


def first_hands() -> dict[Hand, float]:
    """The probabilities of the player's hands at the first choice, of two cards or of more with a sum of 12 or more."""
    chances: dict[Hand, float] = defaultdict(float)
    for p, one in with_a_card((0, False)):
        for q, two in with_a_card(one):
            if two[0] == GOAL:
                chances[NATURAL] += p * q
                continue
            for hand, chance in until_first(two).items():
                chances[hand] += p * q * chance
    return chances


def until_first(hand: Hand) -> dict[Hand, float]:
    """The probabilities of the hands with a sum of 12 or more that come from a hand by taking cards."""
    if hand[0] >= FIRST:
        return {hand: 1.0}
    chances: dict[Hand, float] = defaultdict(float)
    for p, to in with_a_card(hand):
        for last, chance in until_first(to).items():
            chances[last] += p * chance
    return chances
