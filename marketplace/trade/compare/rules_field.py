"""Owns the field of a comparison: offers that are priced, landed and dated, ready to be ranked as often as one likes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from marketplace.kernel.money import AmountTooLarge
from marketplace.trade.compare import rules, rules_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from uuid import UUID

    from marketplace.trade.compare.rules_rows import Row
    from marketplace.trade.compare.schemas import Ask, Change
    from marketplace.trade.weights.schemas import Weights
    from vendors.offers.schemas import SellingOffer


class Standing(NamedTuple):
    """Where an offer stands: `place` is None outside the ranked group; `total_minor` sums what is known, in the currency of the field's ask."""

    offer_id: str
    supplier_name: str
    place: int | None
    group: str
    total_minor: int


class Field(NamedTuple):
    """The offers on one product at one ask, all of those with a price; `today` is the date where the goods go to."""

    product_id: UUID
    ask: Ask
    today: date
    rows: Sequence[Row]

    def ranked(self, weights: Weights) -> list[rules.Scored[Row]]:
        """Rank the offers as a comparison does: of more than 50 the lowest before freight."""
        return rules.rank(rules_rows.lowest(self.rows), weights)

    def places(self, weights: Weights) -> dict[str, int | None]:
        """Give the place of each compared offer by its id under these weights; None outside the ranked group."""
        return {item.contender.offer_id: item.place for item in self.ranked(weights)}

    def standings(self, weights: Weights) -> list[Standing]:
        """Give where each compared offer stands under these weights, in the order of the comparison."""
        return [
            Standing(one.offer_id, one.offer.supplier.name, item.place, item.group, one.total_minor)
            for item in self.ranked(weights)
            for one in (item.contender,)
        ]


def changed_rows(field: Field, changes: Mapping[str, Change]) -> list[Row]:
    """Price the changed offers of a field again, not yet landed; what then comes to more than an order may carry is left out, as a comparison does."""
    rows = []
    for row in field.rows:
        change = changes.get(row.offer_id)
        try:
            made = None if change is None else rules_rows.priced_one(_changed(row.offer, change), field.ask, row.exchange)
        except AmountTooLarge:
            made = None
        if made is not None:
            rows.append(made)
    return rows


def with_rows(field: Field, rows: Sequence[Row], changes: Mapping[str, Change]) -> Field:
    """Put changed rows into a field; a changed offer that has no price at the quantity any more, or one that no order may carry, is gone."""
    found = {row.offer_id: row for row in rows}
    kept = [found.get(row.offer_id, row) for row in field.rows if row.offer_id in found or row.offer_id not in changes]
    return field._replace(rows=kept)


def _changed(offer: SellingOffer, change: Change) -> SellingOffer:
    if change.available is not None:
        offer = replace(offer, available=change.available)
    if change.tiers is not None:
        prices = [f"{tier.unit_price:.6f}" for tier in change.tiers]
        offer = replace(offer, tier_from=[tier.from_quantity for tier in change.tiers], tier_price=prices)
    return offer
