"""Owns what the comparison's pages need beside the comparison: the product in the reader's language, pictures, price history."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from marketplace.catalogue.attributes import service as schemas
from marketplace.catalogue.numbers import service as numbers
from marketplace.catalogue.products import service as products
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.catalogue.units import service as units
from marketplace.kernel.calendar import date_in
from marketplace.kernel.countries import countries, usual_time_zone
from marketplace.trade.compare import service as compare
from marketplace.trade.sheets import rules
from marketplace.trade.sheets.schemas import PageView
from vendors.prices import service as prices

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from marketplace.catalogue.products.schemas import ProductOut
    from marketplace.kernel.actor import Actor
    from marketplace.kernel.errors import DomainError
    from marketplace.trade.compare.schemas import Comparison, Factor, OfferOut

TELLING_MAX = 4


def _unit_order(one: OfferOut) -> tuple[bool, Decimal, str, Decimal]:
    """Order by what one unit costs in the asked currency; what no rate leads there from comes last, each currency for itself."""
    goods_minor = one.components[0].amount_minor
    return goods_minor is None, Decimal(goods_minor or 0) / one.quantity, one.price.currency, one.price.unit_price


SORTS = {
    "unit": _unit_order,
    "total": lambda one: one.known_minor,
    "arrival": lambda one: (one.arrives_on is None, one.arrives_on),
    "ontime": lambda one: -(one.on_time.low or Decimal(-1)),
    "stock": lambda one: -one.stock.times,
}


async def page_of(product_id: UUID, given: Mapping[str, str], *, viewer: Actor, locale: str, now: datetime) -> PageView:
    """Gather the comparison page. Raises: NotFound, InvalidInput, AmountTooLarge."""
    product = await products.product(product_id, locale=locale)
    found = await compare.compare_given(product_id, given, viewer=viewer, now=now, has_defaults=True)
    unit = await units.unit(found.unit_code)
    ask = found.ask
    today = date_in(now, time_zone=usual_time_zone(ask.country) if ask.country in countries() else "UTC")
    why = next((one for one in found.offers if str(one.offer_id) == given.get("why")), None)
    first = found.offers[0] if found.offers and found.offers[0].place == 1 else None
    values = {
        "quantity": f"{Decimal(ask.quantity).scaleb(-found.unit_decimals).normalize():f}", "country": ask.country, "postal_code": ask.postal_code,
        "need_by": ask.need_by.isoformat() if ask.need_by else "", "currency": ask.currency, "sort": given.get("sort", ""),
        "weights": given.get("weights", ""),
    }  # fmt: skip
    about, category = await _attributes(product, locale)
    return PageView(
        found=_sorted(found, given.get("sort", "")), product=product, category=category, telling=about[:TELLING_MAX], attributes=about, unit=unit.name(locale),
        unit_symbol=units.short_name(unit, locale), picture=rules.picture(_sorted(found, given.get("sort", "")), today=today), values=values, why=why,
        waterfall=rules.waterfall(why.factors, first_score=first.score or 0) if why and why.factors and first else None,
        locale=locale, history=await compare.lowest_prices(product_id, currency=ask.currency, now=now), first=first,
        low=await prices.lowest(product_id, currency=ask.currency, now=now, viewer=viewer),
    )  # fmt: skip


def without_refused(given: Mapping[str, str], error: DomainError) -> dict[str, str]:
    """Leave out the terms that an error of the comparison is about, so that the others still count; all of them where it names none of those given."""
    refused = {item.pointer.removeprefix("/") for item in error.errors} or {"quantity"}
    kept = {name: value for name, value in given.items() if name not in refused}
    return kept if len(kept) < len(given) else {}


def shown_points(factors: Sequence[Factor]) -> list[Decimal]:
    """Give the points of each factor as they are shown, with one decimal, and last the score: the parts add up to it."""
    tenths = rules.shown_tenths([part.points for part in factors])
    return [Decimal(part).scaleb(-1) for part in (*tenths, sum(tenths))]


def _sorted(found: Comparison, sort: str) -> Comparison:
    """Sort within each group by a column; places stay what they are."""
    key = SORTS.get(sort)
    if key is None:
        return found
    import msgspec  # noqa: PLC0415 - one use

    ordered = sorted(found.offers, key=lambda one: (compare.GROUPS.index(one.group), key(one)))  # type: ignore[no-untyped-call]
    return msgspec.structs.replace(found, offers=ordered)


async def _attributes(product: ProductOut, locale: str) -> tuple[list[tuple[str, str]], Any]:
    """Give the product's attributes as label and value, the telling ones of its category first, and the category itself.

    A number that cannot be meant says so, and stands behind all others, so that it tells nothing.
    """
    category = await taxonomy.category(product.category_id) if product.category_id else None
    doubts = (await numbers.doubtful({product.id: product.attributes})).get(product.id, {})
    rest = {key: value for key, value in product.attributes.items() if key not in doubts}
    known = {one.key: one for one in (*category.telling, *category.attributes)} if category else {}
    pairs = [(one.label(locale), schemas.written(rest.pop(one.key), one, locale=locale)) for one in known.values() if one.key in rest]
    pairs += [(_readable(key), schemas.written(value, None, locale=locale)) for key, value in rest.items()]
    for key, doubt in doubts.items():
        about = known.get(key)
        said = schemas.doubted(doubt.usual_low, doubt.usual_high, about, locale=locale)
        label = about.label(locale) if about else _readable(key)
        pairs.append((label, f"{schemas.written(product.attributes[key], about, locale=locale)} ({said})"))
    return pairs, category


def _readable(key: str) -> str:
    return key.replace("_", " ").capitalize()
