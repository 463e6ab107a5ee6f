"""Owns the words of the report: what each problem means, what a row changes, and which known number an unknown one may have meant."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from marketplace.kernel import formatting
from marketplace.kernel.i18n import gettext as _
from marketplace.kernel.i18n import lazy, ngettext
from vendors.imports.rules_cells import allowed
from vendors.imports.schemas import ProblemOut, RowOut

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

PROBLEMS = {
    "bad-number": lazy("%(value)s is no number in the notation of this file; say in the mapping how it writes numbers."),
    "bad-date": lazy("%(value)s is no date in the notation of this file; say in the mapping how it writes dates."),
    "date-out-of-range": lazy("%(value)s lies outside the years 2000 to 2099."),
    "date-not-text": lazy("%(value)s is a date, which this column does not take."),
    "number-not-text": lazy("%(value)s is a number, and zeros in front may be lost; write this column as text."),
    "number-not-date": lazy("%(value)s is a number and not a date; write dates as 2026-04-03."),
    "bad-word": lazy("%(value)s is not one of the words of this column, which are: %(words)s."),
    "below-zero": lazy("%(value)s is below zero."),
    "bad-days": lazy("%(value)s is no number of working days from 0 to 730."),
    "bad-id": lazy("%(value)s is no id."),
    "bad-gtin": lazy("%(value)s is no GTIN: its length or its check digit is wrong."),
    "unknown-code": lazy("%(value)s is no code that this market knows."),
    "unknown-site": lazy("%(value)s is none of your sites."),
    "too-long": lazy("%(value)s … is too long."),
    "too-many-decimals": lazy("This has more decimals than the unit or the price takes."),
    "out-of-range": lazy("%(value)s is too large."),
    "not-above-zero": lazy("This has to be more than 0."),
    "sku-missing": lazy("Your article number is missing."),
    "duplicate": lazy("Line %(value)s has the same article number; case, spaces and accents written otherwise count as the same."),
    "tier-incomplete": lazy("A price tier needs both its quantity and its price."),
    "tiers-not-ascending": lazy("Each price tier starts at a higher quantity than the one before."),
    "tiers-above-least": lazy("The first price starts above the least quantity sold."),
    "planned-above-least": lazy("A planned price starts above the least quantity sold; withdraw it first, or keep the least quantity."),
    "too-many-tiers": lazy("At most ten price tiers."),
    "ends-before-start": lazy("The validity ends before it begins."),
    "source-missing": lazy("Name the source beside the id at the source."),
    "brand-missing": lazy("Name the brand beside the part number."),
    "product-missing": lazy("This article number is new; name its product by id, GTIN, or brand and part number."),
    "unknown-product": lazy("No product is known as %(value)s."),
    "product-ambiguous": lazy("Several products are known as %(value)s; name the id of the one that you mean."),
    "product-not-published": lazy("The product is not published."),
    "sku-of-another-product": lazy("Your article number %(value)s stands on another product already."),
    "offer-retired": lazy("You have retired the offer %(value)s for good."),
    "nothing-to-pause": lazy("There is no offer %(value)s to pause."),
    "price-missing": lazy("A new offer needs a price."),
    "currency-missing": lazy("A new offer needs a currency."),
    "origin-missing": lazy("A new offer needs the country in which the goods are made."),
    "site-missing": lazy("Name the site that this offer ships from; you have several."),
    "currency-differs": lazy("The offer is in another currency than %(value)s; its currency cannot change."),
    "unit-differs": lazy("The product is sold in another unit than %(value)s."),
    "changed-meanwhile": lazy("Somebody made an offer of this article number while the file waited; check the file again."),
}
LIKE_ENOUGH = 0.6
HINTED = frozenset({"part_number", "gtin"})


def row(record: Any, hints: dict[str, str]) -> RowOut:
    """Give a row of the report in the reader's language; `hints` are the nearest known numbers of unknown ones."""
    before, after = _changes(record) if record["kind"] != "error" else ("", "")
    return RowOut(
        line=record["line"],
        sku=record["sku"],
        outcome=record["kind"],
        product=record["title"],
        before=before,
        after=after,
        problems=[told(written, hints) for written in record["problems"]],
    )


def told(written: str, hints: dict[str, str]) -> ProblemOut:
    """Word one problem as it was written down."""
    code, column, value = written.split("|", 2)
    words = _(", ").join(allowed(column)) if code == "bad-word" else ""
    shown = formatting.apart(value) if code == "below-zero" else value
    message = _cells(int(value)) if code == "cells-differ" else _(PROBLEMS[code], value=shown, words=words)
    if code == "unknown-product" and value in hints:
        is_known = hints[value] == value
        hint = _("The number is known, but of another brand.") if is_known else _("Did you mean %(value)s?", value=hints[value])
        message = f"{message} {hint}"
    return ProblemOut(code, column, value, message)


def _cells(n: int) -> str:
    return ngettext("The row has %(n)s cell, and the head has another number.", "The row has %(n)s cells, and the head has another number.", n)


def _changes(record: Any) -> tuple[str, str]:
    """Say price and stock as they are and as they will be, with the currency; what stays is not said."""
    currency = record["currency"] or ""
    before, after = [], []
    if record["prices"] is not None and record["prices"] != record["prices_now"]:
        before.append(_span(record["prices_now"] or (), currency))
        after.append(_span(record["prices"], currency))
    if record["stock"] is not None and record["stock"] != record["stock_now"]:
        decimals = record["unit_decimals"]
        before.append("" if record["stock_now"] is None else formatting.quantity(record["stock_now"], decimals))
        after.append(formatting.quantity(record["stock"], decimals))
    if record["action"] == "pause" and record["state"] == "approved":
        after.append(_("paused"))
    return " · ".join(filter(None, before)), " · ".join(after)


def _span(prices: Sequence[Decimal], currency: str) -> str:
    """Say the first and the last price of a tiered one, "" without any."""
    ends = dict.fromkeys(formatting.unit_price(price, currency) for price in (*prices[:1], *prices[-1:]))
    return f"{' … '.join(ends)} {currency}" if ends else ""


def unknown_keys(rows: Sequence[Any]) -> list[str]:
    """List the part numbers and GTINs that no product is known by."""
    split = [written.split("|", 2) for one in rows for written in one["problems"]]
    return list(dict.fromkeys(value for code, column, value in split if code == "unknown-product" and column in HINTED and value))


def best(near: dict[str, list[str]]) -> dict[str, str]:
    """Choose the neighbour that is most like each key, if any is like it enough."""
    found = {}
    for key, candidates in near.items():
        share, value = max((SequenceMatcher(None, key, one).ratio(), one) for one in candidates)
        if share >= LIKE_ENOUGH:
            found[key] = value
    return found
