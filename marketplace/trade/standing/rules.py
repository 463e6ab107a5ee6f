"""Owns the pure rules of places that move: which way, and how many products move alike."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from marketplace.trade.standing.schemas import Jump

if TYPE_CHECKING:
    from collections.abc import Iterable

    from marketplace.trade.standing.schemas import Move, MoveKind

BEYOND = 10**6


def kind_of(before: int | None, after: int | None) -> MoveKind:
    """Tell which way a place goes; one that begins is up, one that ends is down, none at all is unknown."""
    if before is None and after is None:
        return "unknown"
    first, then = before or BEYOND, after or BEYOND
    return "same" if first == then else "up" if then < first else "down"


def jumps(moves: Iterable[Move]) -> list[Jump]:
    """Count the products that go from one place to another, gains first, each by where they end and how far they went."""
    return summed(Jump(move.before.place, move.after.place, 1) for move in moves if move.kind in {"up", "down"})


def summed(parts: Iterable[Jump]) -> list[Jump]:
    """Put equal jumps together, gains first."""
    counted = Counter[tuple[int | None, int | None]]()
    for one in parts:
        counted[one.before, one.after] += one.products
    found = [Jump(before, after, products) for (before, after), products in counted.items()]
    return sorted(found, key=lambda one: ((one.after or BEYOND) > (one.before or BEYOND), one.after or BEYOND, one.before or BEYOND))


def order_of(move: Move) -> tuple[int, int, int]:
    """Give the order in which products are listed: gains by where they end, losses, then the rest."""
    return ("up", "down", "same", "unknown").index(move.kind), move.after.place or BEYOND, move.before.place or BEYOND
