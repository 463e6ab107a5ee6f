"""Owns what is news to a saved search, and when it looks again. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from marketplace.trade.alerts.schemas import News, Offer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from decimal import Decimal

    from marketplace.trade.alerts.schemas import Frequency
    from marketplace.trade.facets.schemas import Filters

NO_OFFER: Final = UUID(int=0)
# An instant search follows facts; once an hour it looks at everything, for prices that begin by themselves.
EVERY: Final[dict[str, timedelta]] = {"instant": timedelta(hours=1), "daily": timedelta(days=1), "weekly": timedelta(days=7)}
Seen = tuple["Decimal | None", str]


def due_at(frequency: Frequency, now: datetime) -> datetime:
    """Give when a search looks at everything again."""
    return now + EVERY[frequency]


def with_bare(product_ids: Sequence[UUID], offers: Sequence[Offer]) -> list[Offer]:
    """Add to the offers one line for each product that has none."""
    offered = {one.product_id for one in offers}
    return [*offers, *(Offer(one, NO_OFFER, None, "", "", 0, "", None) for one in product_ids if one not in offered)]


def fitting(offers: Iterable[Offer], filters: Filters, rates: Mapping[str, Decimal]) -> list[Offer]:
    """Keep the offers that fit what is chosen of suppliers, lead times and prices; `rates` lead into the reference currency."""
    return [one for one in offers if _fits(one, filters, rates)]


def _fits(one: Offer, filters: Filters, rates: Mapping[str, Decimal]) -> bool:
    if one.offer_id == NO_OFFER:
        return not filters.narrows_offers
    if filters.suppliers and one.slug not in filters.suppliers:
        return False
    if filters.leads and not any(low <= one.lead and (high is None or one.lead <= high) for low, high in filters.leads):
        return False
    if not filters.prices:
        return True
    if one.price is None or one.currency not in rates:
        return False
    price = one.price * rates[one.currency]
    return any(span.holds(price) for span in filters.prices)


def news(offers: Iterable[Offer], seen: Mapping[tuple[UUID, UUID], Seen]) -> list[News]:
    """Tell what of these was not there when the search looked last, or costs less in the same currency."""
    # A product whose offers are sold out or withdrawn is not a new one.
    known = {product_id for product_id, _ in seen}
    found = []
    for one in offers:
        if one.offer_id == NO_OFFER and one.product_id in known:
            continue
        before = seen.get((one.product_id, one.offer_id))
        if before is None:
            found.append(News(one, "product" if one.offer_id == NO_OFFER else "offer"))
        elif one.price is not None and before[0] is not None and before[1] == one.currency and one.price < before[0]:
            found.append(News(one, "price", before[0]))
    return found
