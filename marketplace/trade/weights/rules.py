"""Owns what makes a set of weights usable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel.errors import FieldError, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from marketplace.trade.weights.schemas import Version, Weights

FACTORS = ("cost", "time", "on_time", "checks", "stock")
SUM = 100_000
SLOPE_MIN, SLOPE_MAX = 1_000, 1_000_000


def check(weights: Weights, *, pointer: str = "/weights") -> Weights:
    """Give the weights back when each lies within 0 and 100 points, together they are 100, and k lies within 1 and 1,000.

    So no factor counts against an offer, and a score reads as points of a hundred under every version. Raises: InvalidInput naming each.
    """
    errors = [
        FieldError(f"{pointer}/{name}", "out-of-range", "Give points from 0 to 100.", {})
        for name in FACTORS
        if not 0 <= getattr(weights, name) <= SUM
    ]
    total = sum(getattr(weights, name) for name in FACTORS)
    if not errors and total != SUM:
        shown = f"{total / 1000:.3f}".rstrip("0").rstrip(".")
        errors = [FieldError(f"{pointer}/cost", "wrong-sum", "The points of all factors are {sum} together; make them 100.", {"sum": shown})]
    if not SLOPE_MIN <= weights.cost_slope <= SLOPE_MAX:
        errors.append(FieldError(f"{pointer}/cost_slope", "out-of-range", "Give a number from 1 to 1000.", {}))
    if errors:
        raise InvalidInput(errors=tuple(errors))
    return weights


def in_force(versions: Sequence[Version], *, now: datetime) -> Version:
    """Give the version in force among those given with the newest first: the newest that has begun; before the first one, the oldest.

    What was published later replaces what had not begun by then, and what begins after it.
    """
    newest = versions[0]
    return newest if newest.in_force_from <= now else next((one for one in versions if one.in_force_from <= now), versions[-1])
