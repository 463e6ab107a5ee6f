"""Owns the pure rules of offers: the tier at a quantity, the quantities that are sold, keys of article numbers, and why an offer does not sell."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from marketplace.kernel.calendar import date_in
from marketplace.kernel.i18n import lazy
from marketplace.kernel.quantity import in_units, measure
from vendors.offers.errors import PriceOfNothing, QuantityNotAllowed, TiersNotAscending
from vendors.offers.schemas import Tier

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from decimal import Decimal

    from vendors.offers.schemas import OfferFact

REASONS = {
    "product-not-published": lazy("The product is not published."),
    "offer-draft": lazy("The offer is a draft; approve it."),
    "offer-paused": lazy("You have paused this offer; resume it."),
    "offer-retired": lazy("You have retired this offer."),
    "supplier-paused": lazy("You have paused selling; reopen."),
    "supplier-suspended": lazy("The operator has suspended your selling."),
    "notice-over": lazy("The notice that the operator gave you has run out, so nothing of yours is sold."),
    "supplier-closed": lazy("Your planned closure covers today."),
    "not-yet-valid": lazy("The offer is not valid yet."),
    "no-longer-valid": lazy("The offer's validity has ended; set a later end."),
    "no-price": lazy("No price is in force; set one."),
    "no-stock": lazy("Nothing is available; count stock in or allow backorders."),
    "prices-hidden": lazy("Who has not signed in sees the offer without its price."),
    "login-required": lazy("Signed-in companies alone see it, by your rule."),
    "org-allowlist": lazy("The companies on your list alone see it, by your rule."),
    "offer-for-members": lazy("Signed-in companies alone see it, as the offer itself says."),
    "offer-prices-hidden": lazy("Who has not signed in sees it without its price, as the offer itself says."),
    "offer-for-list": lazy("The companies on your list alone see it, as the offer itself says."),
    "site-closed-today": lazy("The site that it ships from is closed today; promised dates count from its next open day."),
    "stock-below-least": lazy("Less is available than the least quantity sold, so nobody can order it now; count stock in or sell less at once."),
    "no-rate": lazy("No exchange rate is known for its currency, so buyers of other currencies see its costs as not known and it has no place."),
    "no-category": lazy("The product is in no category, so it is found by search alone and duty may stay unknown."),
}


# What keeps some buyers from an offer by its own mark rather than by a rule.
OWN_MARKS = {"prices_hidden": "offer-prices-hidden", "login_required": "offer-for-members", "org_allowlist": "offer-for-list"}


def tier_at(tiers: Sequence[Tier], quantity: int) -> Tier | None:
    """Give the tier with the highest lower bound that the quantity reaches, None below the first."""
    found = None
    for tier in tiers:
        if tier.from_quantity > quantity:
            break
        found = tier
    return found


def next_tier(tiers: Sequence[Tier], quantity: int) -> Tier | None:
    """Give the first tier beyond the quantity ("buy k more"), None in the last."""
    return next((tier for tier in tiers if tier.from_quantity > quantity), None)


def tiers_of(fact: OfferFact) -> tuple[Tier, ...]:
    """Give the tiers of the price in force; empty without one."""
    return tuple(map(Tier, fact.tier_from, fact.tier_price))


def noted(tiers: Sequence[Tier]) -> list[tuple[int, str]]:
    """Give tiers as an audit row keeps them."""
    return [(tier.from_quantity, str(tier.unit_price)) for tier in tiers]


def unit_price_at(fact: OfferFact, quantity: int) -> Decimal | None:
    """Give the unit price in force at the quantity, None without a price or below the first tier."""
    index = bisect_right(fact.tier_from, quantity)
    return fact.tier_price[index - 1] if index else None


def next_tier_of(fact: OfferFact, quantity: int) -> Tier | None:
    """Give the first tier of the price in force beyond the quantity, None in the last."""
    index = bisect_right(fact.tier_from, quantity)
    return Tier(fact.tier_from[index], fact.tier_price[index]) if index < len(fact.tier_from) else None


def as_seen(fact: OfferFact) -> OfferFact:
    """Give the facts without what their viewer may not see: the price, and of an offer that they do not see at all the quantities and the stock too."""
    if not fact.price_is_hidden:
        return fact
    without_price = msgspec.structs.replace(fact, price_version_id=None, price_since=None, tier_from=[], tier_price=[])
    return without_price if fact.sight else msgspec.structs.replace(without_price, moq=1, multiple=1, available=0)


def smallest_quantity(*, moq: int, multiple: int) -> int:
    """Give the smallest quantity that is sold: the minimum, rounded up to the multiple."""
    return -(-moq // multiple) * multiple


def next_quantities(quantity: int, *, moq: int, multiple: int) -> tuple[int, ...]:
    """Give the quantities that are sold next to this one: the one below, if there is one, and the one above; itself when it is sold."""
    least = smallest_quantity(moq=moq, multiple=multiple)
    if quantity <= least:
        return (least,)
    below = quantity // multiple * multiple
    return (below,) if below == quantity else (below, below + multiple)


def check_quantity(quantity: int, *, moq: int, multiple: int, unit: tuple[int, str] = (0, "")) -> int:
    """Give the quantity back when it is sold; `unit` is its decimals and symbol. Raises: QuantityNotAllowed naming, in the unit, the next ones that are."""
    allowed = next_quantities(quantity, moq=moq, multiple=multiple)
    if allowed != (quantity,):
        decimals, symbol = unit
        raise QuantityNotAllowed(
            moq=measure(moq, decimals=decimals, symbol=symbol),
            multiple=measure(multiple, decimals=decimals, symbol=symbol),
            next_quantities=[measure(each, decimals=decimals, symbol=symbol) for each in allowed],
            extra={
                "moq": in_units(moq, decimals=decimals),
                "multiple": in_units(multiple, decimals=decimals),
                "next_quantities": [in_units(each, decimals=decimals) for each in allowed],
            },
        )
    return quantity


def check_tiers(tiers: Sequence[Tier], *, moq: int, multiple: int) -> None:
    """Check that lower bounds ascend and the first reaches down to the smallest quantity sold. Raises: TiersNotAscending, PriceOfNothing."""
    bounds = [tier.from_quantity for tier in tiers]
    if not bounds or bounds != sorted(set(bounds)) or bounds[0] > smallest_quantity(moq=moq, multiple=multiple):
        raise TiersNotAscending
    # What a spreadsheet leaves blank often comes as 0, and it would stand first everywhere.
    if any(tier.unit_price <= 0 for tier in tiers):
        raise PriceOfNothing


def sku_key(supplier_sku: str) -> str:
    """Give the key under which a supplier's article number is unique: compatibility form, one case, no outer or doubled spaces."""
    return " ".join(unicodedata.normalize("NFKC", supplier_sku).casefold().split())


def as_id(text: str) -> UUID | None:
    """Give the id that somebody typed, None when it is none."""
    try:
        return UUID(text.strip())
    except ValueError:
        return None


def reasons(fact: OfferFact, *, now: datetime) -> tuple[str, ...]:
    """Give the codes of everything that keeps the offer from selling; empty when it sells. Says the same as the SQL that lists what sells."""
    found = (
        ("product-not-published", fact.product_state != "published"),
        (f"offer-{fact.state}", fact.state != "approved"),
        ("supplier-paused", fact.supplier_state == "paused"),
        ("supplier-suspended", fact.supplier_state == "suspended"),
        ("supplier-closed", fact.is_closed),
        ("notice-over", fact.is_over or fact.supplier_state == "terminated"),
        ("not-yet-valid", fact.valid_from > now),
        ("no-longer-valid", fact.valid_to is not None and fact.valid_to <= now),
        ("no-price", fact.price_version_id is None),
        ("no-stock", fact.available <= 0 and not fact.allows_backorder),
    )
    return tuple(code for code, holds in found if holds)


def notes(fact: OfferFact, *, level: str, has_rate: bool, now: datetime) -> tuple[str, ...]:
    """Give the codes of what keeps some buyers from an offer that sells, or worsens its place: who sees it, its site, its category."""
    today = date_in(now, time_zone=fact.time_zone)
    # A rule as strict as the offer's own mark changes nothing: the mark is what has to be taken off.
    is_own = level != "public" and level == fact.visibility
    found = (
        (level.replace("_", "-"), level != "public" and not is_own),
        (OWN_MARKS.get(level, ""), is_own),
        ("stock-below-least", 0 < fact.available < smallest_quantity(moq=fact.moq, multiple=fact.multiple) and not fact.allows_backorder),
        ("site-closed-today", today in fact.closed_on),
        ("no-rate", not has_rate),
        ("no-category", fact.category_id is None),
    )
    return tuple(code for code, holds in found if holds)
