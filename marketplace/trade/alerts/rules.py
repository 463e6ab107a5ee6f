"""Owns what is news to a saved search, and when it looks again. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from marketplace.trade.alerts.schemas import News, Offer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID

    from marketplace.trade.alerts.schemas import Frequency, SearchOut, Seen
    from marketplace.trade.facets.schemas import Filters

# An instant search follows facts; once an hour it looks at everything, for prices that begin by themselves.
EVERY: Final[dict[str, timedelta]] = {"instant": timedelta(hours=1), "daily": timedelta(days=1), "weekly": timedelta(days=7)}


def due_at(frequency: Frequency, now: datetime) -> datetime:
    """Give when a search looks at everything again."""
    return now + EVERY[frequency]


def with_bare(bare: Mapping[UUID, datetime], offers: Sequence[Offer]) -> list[Offer]:
    """Add to the offers one line for each product that has none; `bare` says when each was made."""
    return [*offers, *(Offer(one, one, None, "", "", 0, "", None, made_at) for one, made_at in bare.items())]


def fitting(offers: Iterable[Offer], filters: Filters, rates: Mapping[str, Decimal]) -> list[Offer]:
    """Keep the offers that fit what is chosen of suppliers, lead times and prices; `rates` lead into the reference currency."""
    return [one for one in offers if _fits(one, filters, rates)]


def _fits(one: Offer, filters: Filters, rates: Mapping[str, Decimal]) -> bool:
    if one.is_bare:
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


def news(offers: Iterable[Offer], seen: Mapping[UUID, Seen], search: SearchOut) -> list[News]:
    """Tell what of these was not there when the search looked last, or costs less in the same currency; an offer is the same on whatever product it stands."""
    # A product whose offers are sold out or withdrawn is not a new one.
    known = {one.product_id for one in seen.values()}
    found = []
    for one in offers:
        if one.is_bare and one.product_id in known:
            continue
        before = seen.get(one.offer_id)
        if before is None:
            if search.knows_all or (one.made_at is not None and one.made_at > search.created_at):
                found.append(News(one, "product" if one.is_bare else "offer"))
        elif one.price is not None and before.price is not None and before.currency == one.currency and one.price < before.price:
            found.append(News(one, "price", before.price))
    return found
