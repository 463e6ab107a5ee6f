"""Owns the pure rules of learning from corrections."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, Literal

from marketplace.catalogue.corrections.schemas import Proposed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

# So many corrected products of the same words, of which so many in a hundred agree, speak for a rule.
CORRECTED_MIN: Final = 5
AGREE_PERCENT: Final = 90
PROPOSED_MAX: Final = 50
# An attribute that says where things belong says so of the others too: at most so many in a hundred of those placed otherwise.
OTHERS_PERCENT: Final = 10
# A rule that was dismissed or switched off is proposed again when so many times as many corrections speak for it.
AGAIN: Final = 2

Words = tuple[str, str, str]


def agreed(counts: Iterable[tuple[str, str, str, UUID, int]]) -> list[Proposed]:
    """Give what enough corrected products agree on, most first, from (kind, key, phrase, category, products)."""
    by_words: dict[Words, dict[UUID, int]] = defaultdict(dict)
    for kind, key, phrase, category_id, products in counts:
        by_words[kind, key, phrase][category_id] = products
    found = []
    for (kind, key, phrase), by_category in by_words.items():
        total = sum(by_category.values())
        category_id, agree = max(by_category.items(), key=lambda one: (one[1], one[0]))
        if total >= CORRECTED_MIN and agree * 100 >= total * AGREE_PERCENT:
            about: Literal["type", "attribute"] = "type" if kind == "type" else "attribute"
            found.append(Proposed(kind=about, key=key, phrase=phrase, category_id=category_id, corrected=total, agree=agree))
    found.sort(key=lambda one: (-one.agree, one.kind != "type", one.key, one.phrase))
    return found[:PROPOSED_MAX]


def is_new(proposed: Proposed, known: Mapping[tuple[str, str, str, UUID], tuple[bool, int]]) -> bool:
    """Tell whether a proposal is not a rule already, by words and category: (whether it is on, from how many corrections it was learned)."""
    state = known.get((proposed.kind, proposed.key, proposed.phrase, proposed.category_id))
    return state is None or (not state[0] and proposed.agree >= AGAIN * max(state[1], 1))


def tells(here: int, elsewhere: int) -> bool:
    """Tell whether an attribute's value goes with a category: of the products that have it and were placed, few enough stand elsewhere."""
    return elsewhere * 100 <= (here + elsewhere) * OTHERS_PERCENT
