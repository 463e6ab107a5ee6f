"""Owns the arithmetic of arrivals and what stands for a cost that nobody was asked about."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from marketplace.trade.landed.schemas import Component, Quote

if TYPE_CHECKING:
    from marketplace.trade.landed.schemas import ComponentKind, Consignment

SATURDAY = 6


def goods(consignment: Consignment) -> Component:
    """Give the goods component: the supplier's own price list."""
    return Component(kind="goods", state="known", currency=consignment.currency, amount_minor=consignment.goods_minor, source="price-list")


def unasked(kind: ComponentKind, consignment: Consignment) -> Component:
    """Stand for a kind without a source. Terms are the same for all offers and so not applicable; tax is not determined and not counted."""
    if kind == "terms":
        return Component(kind=kind, state="not_applicable", currency=consignment.currency, note="same-terms-for-all", source="marketplace")
    if kind == "tax":
        return Component(kind=kind, state="not_applicable", currency=consignment.currency, note="tax-not-determined", source="marketplace")
    if kind == "insurance":
        return Component(kind=kind, state="not_applicable", currency=consignment.currency, note="not-insured", source="marketplace")
    return Component(kind=kind, state="unknown", currency=consignment.currency, note="no-source")


def failed(kinds: tuple[ComponentKind, ...], consignment: Consignment) -> Quote:
    """Stand for a source that is not bound: visibly unknown."""
    return Quote(components=tuple(unasked(kind, consignment) for kind in kinds))


def arrival_date(ready_on: date, *, transit_days: int) -> date:
    """Give the day of arrival: so many calendar days after the goods are ready, never on a Saturday or Sunday, when nobody takes delivery.

    The same rule for every offer and country; the Gulf's weekend is the buyer's address' to refine later.
    """
    arrives_on = ready_on + timedelta(days=transit_days)
    over = arrives_on.isoweekday() - SATURDAY
    return arrives_on if over < 0 else arrives_on + timedelta(days=2 - over)
