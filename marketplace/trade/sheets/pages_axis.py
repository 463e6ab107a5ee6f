"""Owns the figures over the bars of the comparison: as many as have room beside each other, at even steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel.i18n import current_locale

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

# How many figures stand side by side over the bars where that column is narrowest.
# Columns of words are wider in the other languages, so that the pictures' are narrower.
AXIS_CHARACTERS = {"en": 23}
AXIS_CHARACTERS_ELSEWHERE = 18
# A scale of fewer figures has its middle already, or is too short to be told in three.
MIDDLE_OF = 3


def apart(ticks: list[tuple[float, Decimal]], word: Callable[[Decimal], str]) -> list[tuple[float, str]]:
    """Word the figures of a scale so that none touches another in the narrowest column, all at even steps: every one, every other, or ends and middle.

    The first begins at the column's edge, the last ends at it, all others stand in the middle of their place.
    """
    (least, low), (most, high) = ticks[0], ticks[-1]
    middle = [[ticks[0], ((least + most) / 2, (low + high) / 2), ticks[-1]]] if len(ticks) > MIDDLE_OF else []
    tried = [ticks[::step] for step in range(1, len(ticks)) if (len(ticks) - 1) % step == 0]
    for kept in sorted([*tried, *middle], key=lambda one: -len(one)):
        worded = [(place, word(value)) for place, value in kept]
        if _fits(worded):
            return worded
    return [(least, word(low)), (most, word(high))]


def _fits(worded: list[tuple[float, str]]) -> bool:
    column = AXIS_CHARACTERS.get(current_locale(), AXIS_CHARACTERS_ELSEWHERE)
    wide = [len(text) + 1 for _, text in worded]
    starts = [0.0, *(place / 100 * column - width / 2 for (place, _), width in zip(worded[1:-1], wide[1:-1], strict=True)), column - wide[-1] + 1]
    return all(start + width <= following for start, width, following in zip(starts, wide, starts[1:], strict=False))
