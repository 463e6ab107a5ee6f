"""Owns the pure rules of the supplier's desk: versions, quantities and tiers as sent, and the shape of an offer as told."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from marketplace.kernel.calendar import zone
from marketplace.kernel.currencies import exponent
from marketplace.kernel.errors import Faults, FieldError, InvalidInput
from marketplace.kernel.i18n import gettext as _
from marketplace.kernel.i18n import lazy
from marketplace.kernel.quantity import PRICE, Typed, base_quantity, pack_price, parse_price, parse_quantity, plain
from vendors.desk.schemas import LowOut, OfferIn, OfferOut, OfferPatch, PriceOut, PricesOut, ReasonOut, TierIn, TierOut
from vendors.offers.schemas import NewOffer, Tier
from vendors.terms.schemas import Terms

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from vendors.desk.schemas import OfferForm, TermsForm
    from vendors.offers.schemas import OfferFact, OwnOffer
    from vendors.prices.schemas import PriceLow, PriceVersion
    from vendors.stock.schemas import SiteLevel, WatchOut

AMOUNT_MAX = 10**9
DAYS_MAX = 730
DAY_DIGITS_MAX = 3
COVER_WINDOW_DAYS = 90
TERMS = Terms.__struct_fields__
# Where each reason is changed.
FIXES = {
    "product-not-published": "/products/{product_id}",
    "offer-draft": "/supplier/offers/{offer_id}#s-state",
    "offer-paused": "/supplier/offers/{offer_id}#s-state",
    "offer-retired": "/supplier/offers/new?product_id={product_id}",
    "supplier-paused": "/supplier/state",
    "supplier-closed": "/supplier/state",
    "not-yet-valid": "/supplier/offers/{offer_id}#s-terms",
    "no-longer-valid": "/supplier/offers/{offer_id}#s-terms",
    "no-price": "/supplier/offers/{offer_id}/prices",
    "no-stock": "/supplier/offers/{offer_id}#s-stock",
    "stock-below-least": "/supplier/offers/{offer_id}#s-stock",
    "prices-hidden": "/supplier/visibility",
    "login-required": "/supplier/visibility",
    "org-allowlist": "/supplier/visibility",
    "offer-for-members": "/supplier/offers/{offer_id}#s-terms",
    "offer-prices-hidden": "/supplier/offers/{offer_id}#s-terms",
    "offer-for-list": "/supplier/offers/{offer_id}#s-terms",
    "site-closed-today": "/supplier/sites/{site_id}",
    "no-category": "/products/{product_id}",
}
AMOUNT = re.compile(r"[0-9]{1,10}(\.[0-9]{1,3})?", re.ASCII)
# What is wrong with a column of tiers: the stable code and the words.
TIER_FAULTS = {
    "tier_from": ("bad-quantity", lazy("Give a quantity such as 10, in digits without signs between thousands: line {lines}.")),
    "tier_price": ("bad-price", lazy("Give a price such as 12.50, with a point and at most six decimals: line {lines}.")),
}


def steps(value: int | str | None, *, decimals: int, pointer: str, least: int = 1, usual: int = 0) -> int:
    """Give a quantity in the smallest steps of a unit with these decimals; what is not sent is `usual` units. Raises: BadQuantity at the pointer."""
    if value is None:
        return int(usual * 10**decimals)
    return parse_quantity(value, decimals=decimals, pointer=pointer, may_be_none=least == 0, most=AMOUNT_MAX)


def tiers(sent: Sequence[TierIn], *, decimals: int) -> tuple[Tier, ...]:
    """Give tiers with their bounds in steps. Raises: InvalidInput."""
    return tuple(
        Tier(
            steps(tier.from_quantity, decimals=decimals, pointer=f"/tiers/{place}/from_quantity"),
            parse_price(tier.unit_price, pointer=f"/tiers/{place}/unit_price"),
        )
        for place, tier in enumerate(sent)
    )


def typed_tiers(bounds: Sequence[str], prices: Sequence[str]) -> list[TierIn]:
    """Give the tiers of a form's two columns, blank lines left out. Raises: InvalidInput naming the lines of each column that cannot be read."""
    lines = list(zip(bounds, prices, strict=False))
    pairs = [(bound.strip(), price.strip()) for bound, price in lines if bound.strip() or price.strip()]
    if not pairs:
        raise InvalidInput(errors=(FieldError("/tier_from", "bad-quantity", "Give a quantity for each price.", {}),))
    wrong = [(column, [line + 1 for line in found]) for column, found in zip(("tier_from", "tier_price"), wrong_tiers(lines), strict=True) if found]
    if wrong:
        raise InvalidInput(errors=tuple(FieldError(f"/{column}", *TIER_FAULTS[column], {"lines": found}) for column, found in wrong))
    return [TierIn(Typed(bound), price) for bound, price in pairs]


def wrong_tiers(lines: Sequence[tuple[str, str]]) -> tuple[list[int], list[int]]:
    """Give the places of the lines whose quantity, and of those whose price, cannot be read; a blank line is none, unless all are."""
    said = [(place, bound.strip(), price.strip()) for place, (bound, price) in enumerate(lines) if bound.strip() or price.strip()]
    if not said:
        return ([0], []) if lines else ([], [])
    bounds = [place for place, bound, _price in said if not AMOUNT.fullmatch(bound)]
    return bounds, [place for place, _bound, price in said if not PRICE.fullmatch(price)]


def typed_offer(form: OfferForm) -> OfferIn:
    """Give the offer that a form describes. Raises: InvalidInput."""
    return OfferIn(
        product_id=form.product_id,
        supplier_sku=form.supplier_sku,
        currency=form.currency,
        tiers=typed_tiers(form.tier_from, form.tier_price),
        site_id=form.site_id,
        origin_country=form.origin_country,
        moq=Typed(form.moq.strip()),
        multiple=Typed(form.multiple.strip()),
        pack_size=Typed(form.pack_size.strip()),
        lead_days=form.lead_days,
        incoterm=form.incoterm,
        condition=form.condition,
        on_hand=Typed(form.on_hand.strip()),
        safety=Typed(form.safety.strip()),
        allows_backorder=form.allows_backorder,
        visibility=form.visibility,
    )


def new_offer(sent: OfferIn, *, decimals: int) -> NewOffer:
    """Give the offer to create, quantities in steps. Raises: InvalidInput naming everything that cannot be read."""
    faults, read = Faults(), dict[str, Any]()
    for name, least in (("moq", 1), ("multiple", 1), ("pack_size", 1), ("on_hand", 0), ("safety", 0)):
        with faults.kept():
            read[name] = steps(getattr(sent, name), decimals=decimals, pointer=f"/{name}", least=least, usual=least)
    with faults.kept():
        read["tiers"] = tiers(sent.tiers, decimals=decimals)
    faults.refuse()
    return NewOffer(
        product_id=sent.product_id,
        supplier_sku=sent.supplier_sku,
        currency=sent.currency,
        site_id=sent.site_id,
        origin_country=sent.origin_country,
        lead_days=sent.lead_days,
        incoterm=sent.incoterm,
        condition=sent.condition,
        allows_backorder=sent.allows_backorder,
        visibility=sent.visibility,
        **read,
    )


def tier_lines(offer: OfferOut, *, at_least: int) -> list[tuple[str, str]]:
    """Give an offer's tiers as they would be typed, quantities in units, prices with the decimals of their currency, and blank lines after them."""
    places = exponent(offer.currency)
    lines = [(plain(Decimal(tier.from_quantity).scaleb(-offer.unit_decimals)), price_text(Decimal(tier.unit_price), places)) for tier in offer.tiers]
    return lines + [("", "")] * max(at_least - len(lines), 1)


def kept_back(offer: OfferOut) -> str:
    """Give what is kept back at the offer's own site, as it would be typed."""
    safety = next((level.safety for level in offer.stock if level.site_id == offer.site_id), 0)
    return plain(Decimal(safety).scaleb(-offer.unit_decimals))


def kept_watch(offer: OfferOut) -> str:
    """Give the threshold of low stock as it would be typed, "" for none."""
    if offer.watch is None:
        return ""
    return str(offer.watch.days) if offer.watch.least is None else plain(Decimal(offer.watch.least).scaleb(-offer.unit_decimals))


def price_text(price: Decimal, places: int) -> str:
    """Write a unit price with the decimals that its currency has, or with more where it needs them."""
    text = plain(price)
    return text if -int(Decimal(text).as_tuple().exponent) >= places else f"{price:.{places}f}"


def told_prices(own: OwnOffer, versions: Sequence[PriceVersion], low: PriceLow | None, *, now: datetime) -> PricesOut:
    """Shape an offer's prices over time for the answer."""
    fact = own.fact
    return PricesOut(
        offer_id=fact.offer_id,
        version=own.version,
        currency=fact.currency,
        unit_code=fact.unit_code,
        unit_decimals=fact.unit_decimals,
        time_zone=fact.time_zone,
        lowest_30_days=None if low is None else LowOut(unit_price=str(low.unit_price), quantity=low.quantity, since=low.since, until=low.until),
        prices=[
            PriceOut(
                id=one.id,
                seq=one.seq,
                state=one.state(now, fact.price_version_id),
                valid_from=one.starts,
                valid_to=one.ends,
                tiers=[TierOut(tier.from_quantity, str(tier.unit_price)) for tier in one.tiers],
                written_at=one.written_at,
                by=one.by,
                withdrawn_at=one.withdrawn_at,
            )
            for one in versions
        ],
    )


def watch_of(kind: str, threshold: int | str | None, *, decimals: int) -> tuple[str, int] | None:
    """Give a watch with its threshold in steps, or in days of cover; None for none. Raises: InvalidInput."""
    if threshold is None or threshold == "":
        return None
    if kind == "units":
        return kind, steps(threshold, decimals=decimals, pointer="/threshold")
    days = str(threshold).strip()
    if not (days.isascii() and days.isdigit() and len(days) <= DAY_DIGITS_MAX and 1 <= int(days) <= DAYS_MAX):
        raise InvalidInput(errors=(FieldError("/threshold", "bad-days", "Give whole days of cover from 1 to {most}.", {"most": DAYS_MAX}),))
    return kind, int(days)


def cover_days(offer: OfferOut) -> int | None:
    """Give for how many days the available stock lasts at the rate of the last 90 days, None while nobody watches it or nothing was shipped."""
    shipped = offer.watch.shipped_90_days if offer.watch else 0
    return offer.available * COVER_WINDOW_DAYS // shipped if shipped else None


def told(own: OwnOffer, stock: list[SiteLevel], *, unit_price: Decimal | None, words: dict[str, str], watch: WatchOut | None) -> OfferOut:
    """Shape one's own offer for the answer, its reasons worded in the reader's language."""
    fact = own.fact
    pack = pack_price(unit_price, pack_size=fact.pack_size, decimals=fact.unit_decimals)
    return OfferOut(
        id=fact.offer_id,
        product_id=fact.product_id,
        product_title=own.product_title,
        product_slug=own.product_slug,
        supplier_sku=fact.supplier_sku,
        state=fact.state,
        version=own.version,
        currency=fact.currency,
        unit_code=fact.unit_code,
        unit_decimals=fact.unit_decimals,
        moq=fact.moq,
        multiple=fact.multiple,
        pack_size=fact.pack_size,
        lead_days=fact.lead_days,
        incoterm=fact.incoterm,
        origin_country=fact.origin_country,
        condition=fact.condition,
        visibility=fact.visibility,
        allows_backorder=fact.allows_backorder,
        site_id=fact.site_id,
        valid_from=fact.valid_from,
        valid_to=fact.valid_to,
        price_version_id=fact.price_version_id,
        price_since=fact.price_since,
        tiers=[TierOut(bound, str(price)) for bound, price in zip(fact.tier_from, fact.tier_price, strict=True)],
        unit_price=None if unit_price is None else str(unit_price),
        price_base_quantity=base_quantity(decimals=fact.unit_decimals),
        pack_price=None if pack is None else plain(pack),
        stock=stock,
        available=fact.available,
        watch=watch,
        reasons=[_reason(code, words, fact) for code in own.reasons],
        notes=[_reason(code, words, fact) for code in own.notes],
        level=own.level,
        time_zone=fact.time_zone,
    )


def _reason(code: str, words: dict[str, str], fact: OfferFact) -> ReasonOut:
    fix = FIXES.get(code, "").format(offer_id=fact.offer_id, product_id=fact.product_id, site_id=fact.site_id)
    return ReasonOut(code, _(words[code]), fix)


def local_text(moment: datetime | None, *, time_zone: str) -> str:
    """Write a moment as a form's field of local time takes it, "" for none."""
    return "" if moment is None else f"{moment.astimezone(zone(time_zone)):%Y-%m-%dT%H:%M}"


def as_typed(offer: OfferOut) -> dict[str, str]:
    """Give an offer's terms as they would be typed."""
    quantities = {name: plain(Decimal(getattr(offer, name)).scaleb(-offer.unit_decimals)) for name in ("moq", "multiple", "pack_size")}
    return quantities | {
        "lead_days": str(offer.lead_days),
        "incoterm": offer.incoterm,
        "origin_country": offer.origin_country,
        "condition": offer.condition,
        "site_id": str(offer.site_id),
        "valid_from": local_text(offer.valid_from, time_zone=offer.time_zone),
        "valid_to": local_text(offer.valid_to, time_zone=offer.time_zone),
        "allows_backorder": "on" if offer.allows_backorder else "",
        "visibility": offer.visibility,
    }


def typed_terms(sent: TermsForm, *, valid_from: datetime, valid_to: datetime | None) -> OfferPatch:
    """Give the patch that a form of terms describes."""
    return OfferPatch(
        moq=Typed(sent.moq.strip()),
        multiple=Typed(sent.multiple.strip()),
        pack_size=Typed(sent.pack_size.strip()),
        lead_days=sent.lead_days,
        incoterm=sent.incoterm,
        origin_country=sent.origin_country,
        condition=sent.condition,
        site_id=sent.site_id,
        valid_from=valid_from,
        valid_to=valid_to,
        allows_backorder=sent.allows_backorder,
        visibility=sent.visibility,
    )


def wanted_terms(patch: OfferPatch, *, decimals: int) -> dict[str, Any]:
    """Give the terms that a patch names, quantities in steps. Raises: InvalidInput."""
    named = {name: getattr(patch, name) for name in TERMS if getattr(patch, name) is not msgspec.UNSET}
    for name in ("moq", "multiple", "pack_size"):
        if name in named:
            named[name] = steps(named[name], decimals=decimals, pointer=f"/{name}")
    return named
