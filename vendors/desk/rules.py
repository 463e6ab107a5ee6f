"""Owns the pure rules of the supplier's desk: versions, quantities and tiers as sent, and the shape of an offer as told."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from marketplace.kernel.errors import FieldError, InvalidInput
from marketplace.kernel.i18n import gettext as _
from marketplace.kernel.quantity import PRICE, parse_price
from vendors.desk.schemas import LowOut, OfferIn, OfferOut, PriceOut, PricesOut, ReasonOut, TierIn, TierOut
from vendors.offers.schemas import NewOffer, Tier

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from vendors.desk.schemas import OfferForm
    from vendors.offers.schemas import OwnOffer
    from vendors.prices.schemas import PriceLow, PriceVersion
    from vendors.stock.schemas import SiteLevel

STEPS_MAX = 10**12
AMOUNT = re.compile(r"[0-9]{1,10}(\.[0-9]{1,3})?", re.ASCII)


def steps(value: int | str, *, decimals: int, pointer: str, least: int = 1) -> int:
    """Give a quantity in the smallest steps of a unit with these decimals. Raises: InvalidInput at the pointer."""
    text = str(value).strip()
    exact = Decimal(text).scaleb(decimals) if AMOUNT.fullmatch(text) else None
    if exact is None or exact != int(exact):
        raise InvalidInput(
            errors=(FieldError(pointer, "bad-quantity", "Give a plain number with at most {decimals} decimals.", {"decimals": decimals}),)
        )
    if not least <= exact <= STEPS_MAX:
        raise InvalidInput(errors=(FieldError(pointer, "out-of-range", "This quantity is too small or too large.", {}),))
    return int(exact)


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
    """Give the tiers of a form's two columns, blank lines left out. Raises: InvalidInput at the columns."""
    pairs = [(bound.strip(), price.strip()) for bound, price in zip(bounds, prices, strict=False) if bound.strip() or price.strip()]
    if not pairs or any(not AMOUNT.fullmatch(bound) for bound, _price in pairs):
        raise InvalidInput(errors=(FieldError("/tier_from", "bad-quantity", "Give a quantity for each price.", {}),))
    if any(not PRICE.fullmatch(price) for _bound, price in pairs):
        raise InvalidInput(errors=(FieldError("/tier_price", "bad-price", "Give a price such as 12.50 for each quantity.", {}),))
    return [TierIn(bound, price) for bound, price in pairs]


def typed_offer(form: OfferForm) -> OfferIn:
    """Give the offer that a form describes. Raises: InvalidInput."""
    return OfferIn(
        product_id=form.product_id,
        supplier_sku=form.supplier_sku,
        currency=form.currency,
        tiers=typed_tiers(form.tier_from, form.tier_price),
        site_id=form.site_id,
        origin_country=form.origin_country,
        moq=form.moq,
        multiple=form.multiple,
        pack_size=form.pack_size,
        lead_days=form.lead_days,
        incoterm=form.incoterm,
        condition=form.condition,
        on_hand=form.on_hand,
        safety=form.safety,
        allows_backorder=form.allows_backorder,
        visibility=form.visibility,
    )


def new_offer(sent: OfferIn, *, decimals: int) -> NewOffer:
    """Give the offer to create, quantities in steps. Raises: InvalidInput."""
    return NewOffer(
        product_id=sent.product_id,
        supplier_sku=sent.supplier_sku,
        currency=sent.currency,
        tiers=tiers(sent.tiers, decimals=decimals),
        site_id=sent.site_id,
        origin_country=sent.origin_country,
        moq=steps(sent.moq, decimals=decimals, pointer="/moq"),
        multiple=steps(sent.multiple, decimals=decimals, pointer="/multiple"),
        pack_size=steps(sent.pack_size, decimals=decimals, pointer="/pack_size"),
        lead_days=sent.lead_days,
        incoterm=sent.incoterm,
        condition=sent.condition,
        on_hand=steps(sent.on_hand, decimals=decimals, pointer="/on_hand", least=0),
        safety=steps(sent.safety, decimals=decimals, pointer="/safety", least=0),
        allows_backorder=sent.allows_backorder,
        visibility=sent.visibility,
    )


def tier_lines(offer: OfferOut, *, at_least: int) -> list[tuple[str, str]]:
    """Give an offer's tiers as they would be typed, quantities in units, filled up with blank lines and one more."""
    lines = [(plain(Decimal(tier.from_quantity).scaleb(-offer.unit_decimals)), plain(Decimal(tier.unit_price))) for tier in offer.tiers]
    return lines + [("", "")] * max(at_least - len(lines), 1)


def kept_back(offer: OfferOut) -> str:
    """Give what is kept back at the offer's own site, as it would be typed."""
    safety = next((level.safety for level in offer.stock if level.site_id == offer.site_id), 0)
    return plain(Decimal(safety).scaleb(-offer.unit_decimals))


def plain(value: Decimal) -> str:
    """Write a number without exponent and without zeros that say nothing."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


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
        lowest_30_days=None if low is None else LowOut(unit_price=str(low.unit_price), quantity=low.quantity, since=low.since),
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


def told(own: OwnOffer, stock: list[SiteLevel], *, unit_price: Decimal | None, words: dict[str, str]) -> OfferOut:
    """Shape one's own offer for the answer, its reasons worded in the reader's language."""
    fact = own.fact
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
        stock=stock,
        available=fact.available,
        reasons=[ReasonOut(code, _(words[code])) for code in own.reasons],
    )
