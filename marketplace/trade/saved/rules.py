"""Owns what changed between two comparisons: each offer's difference split by cause so that the parts add up exactly. Pure."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

import msgspec

from marketplace.kernel.errors import FieldError, InvalidInput
from marketplace.kernel.i18n import lazy
from marketplace.kernel.money import AmountTooLarge, Conversion, line_net_in
from marketplace.kernel.quantity import in_units
from marketplace.trade.saved.schemas import Cause, Changes, OfferChange, RateChange

if TYPE_CHECKING:
    from collections.abc import Callable

    from marketplace.trade.saved.schemas import Answer, Offer, Part

NOTE_CHARACTERS_MAX = 1000
GOODS = "goods"
# What of an answer counts steps of the unit, wherever it stands.
QUANTITIES = frozenset({"quantity", "moq", "multiple", "pack_size", "more", "available"})
CAUSES = ("price", "quantity", "freight", "insurance", "duty", "tax", "terms", "fx")
LINE_BREAKS = frozenset("\n")
COLOURS = {"goods": "g", "freight": "f", "insurance": "f", "duty": "d", "tax": "x", "terms": "t"}


def checked_note(note: str) -> str:
    """Give a note without spaces around it and with plain line breaks. Raises: InvalidInput when it is too long or holds what cannot be seen."""
    text = unicodedata.normalize("NFC", note.replace("\r\n", "\n").replace("\r", "\n").strip())
    if len(text) > NOTE_CHARACTERS_MAX:
        too_long = FieldError("/note", "too-long", lazy("A note takes at most {limit} characters."), {"limit": NOTE_CHARACTERS_MAX})
        raise InvalidInput(errors=(too_long,))
    if any(unicodedata.category(character) in {"Cc", "Cs"} and character not in LINE_BREAKS for character in text):
        raise InvalidInput(
            errors=(FieldError("/note", "invisible-character", lazy("The note holds a character that cannot be seen; type it anew.")),)
        )
    return text


def changes(before: Answer, now: Answer) -> Changes:
    """Tell what changed between two answers to the same question in the same currency: the present order first, then what is gone."""
    assert before.ask.currency == now.ask.currency, "both are told in one currency"
    earlier = {one.offer_id: one for one in before.offers}
    later = {one.offer_id: one for one in now.offers}
    rows = [_change(earlier.get(one.offer_id), one, now.unit_decimals) for one in now.offers]
    rows += [_change(one, None, now.unit_decimals) for one in before.offers if one.offer_id not in later]
    return Changes(
        since=before.as_of,
        until=now.as_of,
        currency=now.ask.currency,
        first_before=before.first.supplier.name if before.first else "",
        first_now=now.first.supplier.name if now.first else "",
        lowest_before_minor=before.summary.lowest_minor,
        lowest_now_minor=now.summary.lowest_minor,
        ranking_before=before.ranking_version,
        ranking_now=now.ranking_version,
        is_without_need_by=before.ask.need_by is not None and now.ask.need_by is None,
        rates=_rates(before, now),
        offers=tuple(rows),
    )


def without_later(before: Answer, *, reason: str) -> Changes:
    """Tell that there is no later answer, and why."""
    return Changes(
        since=before.as_of,
        until=before.as_of,
        currency=before.ask.currency,
        first_before=before.first.supplier.name if before.first else "",
        lowest_before_minor=before.summary.lowest_minor,
        ranking_before=before.ranking_version,
        ranking_now=before.ranking_version,
        unavailable=reason,
    )


def _change(before: Offer | None, now: Offer | None, unit_decimals: int) -> OfferChange:
    one = now or before
    assert one is not None, "there is an offer to tell of"
    parts = causes(before, now, unit_decimals=unit_decimals) if before and now else ()
    days = (now.arrives_on - before.arrives_on).days if before and now and before.arrives_on and now.arrives_on else None
    return OfferChange(
        offer_id=one.offer_id,
        supplier=one.supplier.name,
        supplier_slug=one.supplier.slug,
        condition_before=before.condition if before else "",
        condition_now=now.condition if now else "",
        change="gone" if now is None else "new" if before is None else "stays",
        place_before=before.place if before else None,
        place_now=now.place if now else None,
        group_before=before.group if before else "",
        group_now=now.group if now else "",
        before_minor=before.known_minor if before else None,
        now_minor=now.known_minor if now else None,
        difference_minor=sum(part.amount_minor for part in parts) if before and now else None,
        causes=parts,
        lacking_before=before.lacking if before else (),
        lacking_now=now.lacking if now else (),
        arrives_before=before.arrives_on if before else None,
        arrives_now=now.arrives_on if now else None,
        days_later=days,
    )


def causes(before: Offer, now: Offer, *, unit_decimals: int) -> tuple[Cause, ...]:
    """Split the difference between the known totals of one offer by cause, in minor units of the asked currency.

    Component by component: first what the old amount in the offer's own currency comes to at the present rate (fx), for goods then what the
    other quantity comes to at the old unit price (quantity), and last what is left, which is the component's own (goods: price). Each step
    starts where the last ended, so the parts add up to the difference whatever was rounded. What is not known counts 0 on its side.
    """
    found = dict.fromkeys(CAUSES, 0)
    earlier, later = _by_kind(before), _by_kind(now)
    for kind in dict.fromkeys((*earlier, *later)):
        old, new = earlier.get(kind), later.get(kind)
        at = old.amount_minor or 0 if old else 0
        convert = _conversion(old, new, now)
        if old is not None and old.original_minor is not None and convert is not None:
            found["fx"] += convert(old.original_minor) - at
            at = convert(old.original_minor)
            other = _goods_at(before, now, unit_decimals) if kind == GOODS else None
            if other is not None:
                found["quantity"] += convert(other) - at
                at = convert(other)
        own = new.amount_minor or 0 if new else 0
        found["price" if kind == GOODS else kind if kind in found else "terms"] += own - at
    return tuple(Cause(cause, amount) for cause, amount in found.items() if amount)


def _by_kind(one: Offer) -> dict[str, Part]:
    return {part.kind: part for part in one.components}


def _conversion(old: Part | None, new: Part | None, now: Offer) -> Callable[[int], int] | None:
    """Give how the old amount is told at the present rate; None where either side is not known or the offer has changed its currency."""
    if old is None or new is None or old.amount_minor is None or new.amount_minor is None or old.original_currency != new.original_currency:
        return None
    if old.original_currency == now.currency:
        return _as_it_is
    rate = now.fx
    if rate is None or (rate.base, rate.quote) != (old.original_currency, now.currency):
        return None
    return Conversion.between(rate.base, rate.quote, rate=rate.rate).convert


def _as_it_is(amount_minor: int) -> int:
    return amount_minor


def _goods_at(before: Offer, now: Offer, unit_decimals: int) -> int | None:
    """Give what the present quantity comes to at the old unit price, in the offer's currency; None where the quantity is the same."""
    if before.quantity == now.quantity or before.price is None:
        return None
    try:
        return line_net_in(before.price.currency, unit_decimals).of(int(before.price.unit_price.scaleb(6)), now.quantity)
    except AmountTooLarge:
        return None


def _rates(before: Answer, now: Answer) -> tuple[RateChange, ...]:
    later = {(one.fx.base, one.fx.quote): one.fx.rate for one in now.offers if one.fx}
    earlier = {(one.fx.base, one.fx.quote): one.fx.rate for one in before.offers if one.fx}
    return tuple(RateChange(*pair, rate, later[pair]) for pair, rate in sorted(earlier.items()) if pair in later and later[pair] != rate)


def told(text: str, *, decimals: int) -> Any:
    """Give a kept answer as it was answered: it is kept with its quantities in steps, and told in units."""
    return _in_units(msgspec.json.decode(text), decimals) if decimals else msgspec.Raw(text.encode())


def _in_units(value: Any, decimals: int) -> Any:
    if isinstance(value, list):
        return [_in_units(each, decimals) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: in_units(each, decimals=decimals) if name in QUANTITIES and isinstance(each, int) else _in_units(each, decimals)
        for name, each in value.items()
    }


def bars(answer: Answer) -> dict[str, list[tuple[str, float]]]:
    """Give the parts of each offer's bar by its id, in % of the longest; what is not known is hatched as wide as the widest known of its kind."""
    widest: dict[str, int] = {}
    for one in answer.offers:
        for part in one.components:
            widest[part.kind] = max(widest.get(part.kind, 0), part.amount_minor or 0)
    longest = max((one.known_minor + sum(widest.get(kind, 0) for kind in one.lacking) for one in answer.offers), default=0) or 1
    return {
        one.offer_id: [(COLOURS.get(part.kind, "t"), round(100 * part.amount_minor / longest, 1)) for part in one.components if part.amount_minor]
        + [("u", round(100 * widest.get(kind, 0) / longest, 1)) for kind in one.lacking if widest.get(kind)]
        for one in answer.offers
    }
