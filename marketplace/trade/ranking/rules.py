"""Owns the reading of typed weights, and what two rankings of the same offers differ in."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from marketplace.kernel.errors import FieldError, InvalidInput
from marketplace.trade.ranking.schemas import SupplierShift
from marketplace.trade.weights.schemas import Weights

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

NAMES = ("cost", "time", "on_time", "checks", "stock", "cost_slope")
_POINTS = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,3})?", re.ASCII)
_MOMENT = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::00)?", re.ASCII)


def typed_weights(given: Mapping[str, str]) -> Weights:
    """Read weights as they are typed, points with at most three decimals, into thousandths. Raises: InvalidInput naming each that cannot be read."""
    errors, found = [], {}
    for name in NAMES:
        text = given.get(name, "").strip()
        if _POINTS.fullmatch(text):
            found[name] = int(Decimal(text).scaleb(3))
        else:
            errors.append(FieldError(f"/{name}", "not-points", "Give points in digits, with at most three decimals after a point.", {}))
    if errors:
        raise InvalidInput(errors=tuple(errors))
    return Weights(**found)


def as_typed(weights: Weights) -> dict[str, str]:
    """Write weights as they are typed."""
    return {name: f"{Decimal(getattr(weights, name)).scaleb(-3).normalize():f}" for name in NAMES}


def typed_moment(text: str) -> datetime | None:
    """Read a moment in UTC as a form's field sends it, None for nothing. Raises: InvalidInput."""
    text = text.strip()
    if not text:
        return None
    try:
        return datetime.fromisoformat(text if _MOMENT.fullmatch(text) else "").replace(tzinfo=UTC)
    except ValueError:
        message = "Give date and time in UTC, such as 2026-12-01T00:00."
        raise InvalidInput(errors=(FieldError("/in_force_from", "not-a-moment", message, {}),)) from None


# A product's places before and after, by offer, and whose offers they are.
Pair = tuple["UUID", "Mapping[str, int | None]", "Mapping[str, int | None]"]


def first_of(places: Mapping[str, int | None]) -> str | None:
    """Give the offer that stands first, None where nobody does."""
    return next((offer_id for offer_id, place in places.items() if place == 1), None)


def shifts(pairs: Sequence[Pair], suppliers: Mapping[str, tuple[str, str, str]]) -> tuple[SupplierShift, ...]:
    """Tell how each supplier fares whose first places or best places differ; those that change most in first places come first, then by name."""
    before, after, better, worse = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for _, old, new in pairs:
        for places, firsts in ((old, before), (new, after)):
            if (first := first_of(places)) is not None:
                firsts[suppliers[first][0]] += 1
        best_old, best_new = _best(old, suppliers), _best(new, suppliers)
        for supplier_id in best_old.keys() & best_new.keys():
            better[supplier_id] += best_new[supplier_id] < best_old[supplier_id]
            worse[supplier_id] += best_new[supplier_id] > best_old[supplier_id]
    names = {supplier_id: (name, slug) for supplier_id, name, slug in suppliers.values()}
    moved = [one for one in names if before[one] != after[one] or better[one] or worse[one]]
    found = [
        SupplierShift(
            supplier_id=one, name=names[one][0], slug=names[one][1], firsts_before=before[one], firsts_after=after[one],
            better=better[one], worse=worse[one],
        )
        for one in moved
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda one: (-abs(one.firsts_after - one.firsts_before), one.name, one.supplier_id)))


def _best(places: Mapping[str, int | None], suppliers: Mapping[str, tuple[str, str, str]]) -> dict[str, int]:
    best: dict[str, int] = {}
    for offer_id, place in places.items():
        if place is not None:
            supplier_id = suppliers[offer_id][0]
            best[supplier_id] = min(place, best.get(supplier_id, place))
    return best
