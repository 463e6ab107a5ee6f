"""Owns a comparison as a file: CSV for machines, a workbook for people; every figure with source, rate and time. Pure.

Numbers stay numbers, in the decimals of their currency. A text that a spreadsheet would read as a formula gets an apostrophe in front.
"""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from marketplace.kernel.currencies import exponent
from marketplace.kernel.quantity import pack_price
from marketplace.kernel.spreadsheet import safe
from marketplace.trade.saved.schemas import Answer, Part

if TYPE_CHECKING:
    from marketplace.trade.saved.schemas import Offer

KINDS = ("goods", "freight", "insurance", "duty", "tax", "terms")
OF_AN_OFFER = (
    "place", "group", "supplier", "country", "supplier_sku", "condition", "quantity", "unit", "moq", "multiple", "unit_price", "pack_size", "pack_price", "next_tier_more", "next_tier_price", "price_currency", "price_version", "price_as_of",
)  # fmt: skip
OF_A_PART = ("", "_state", "_original", "_original_currency", "_source", "_rule", "_as_of", "_note")
AFTER_PARTS = (
    "total_known", "currency", "lacking", "fx_rate", "fx_pair", "fx_provider", "fx_as_of", "fx_is_fixed", "ready_on", "arrives_on", "on_time_k", "on_time_n",
    "on_time_rate", "on_time_low", "on_time_high", "on_time_window_days", "on_time_formula", "on_time_as_of", "checks", "stock", "stock_as_of", "score",
    "ranking_version", "as_of", "ranking",
)  # fmt: skip
COLUMNS = (*OF_AN_OFFER, *(f"{kind}{end}" for kind in KINDS for end in OF_A_PART), *AFTER_PARTS)
NO_PART = Part(kind="", state="")

Cell = str | int | Decimal | date | datetime | None


class Sheet(NamedTuple):
    """An answer with what stands above it: the product's title, the name and note it was saved under, and for whom."""

    answer: Answer
    title: str
    name: str
    note: str
    organisation: str


class Figure(NamedTuple):
    """One figure of one offer with where it comes from: the long form, a line each."""

    supplier: str
    figure: str
    state: str
    value: Cell
    unit: str
    original: Cell
    original_currency: str
    rate: Decimal | None
    source: str
    rule: str
    as_of: datetime | None
    note: str


def amount(minor: int | None, currency: str) -> Decimal | None:
    """Give an amount in major units with exactly the currency's decimals; None for what is not known."""
    return None if minor is None else Decimal(minor).scaleb(-exponent(currency))


def csv_text(sheet: Sheet) -> str:
    """Write one line an offer, and one of each whose price is not shown, with every figure, its source, rate and time; amounts as plain decimals, dates in ISO form."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for one in sheet.answer.offers:
        writer.writerow([_plain(safe(cell)) for cell in row(one, sheet.answer)])
    for gated in sheet.answer.gated:
        told: dict[str, Cell] = {
            "group": gated.note,
            "supplier": gated.supplier.name,
            "country": gated.supplier.country,
            "condition": gated.condition,
            "as_of": sheet.answer.as_of,
        }
        writer.writerow([_plain(safe(told.get(column))) for column in COLUMNS])
    return out.getvalue()


def ranking(answer: Answer) -> str:
    """Name the weights that the places stand on: a version of the market's, or of the organisation's own."""
    if not answer.has_own_weights:
        return f"market {answer.ranking_version}"
    return "organisation" if answer.own_weights_version is None else f"organisation {answer.own_weights_version}"


def _plain(cell: Cell) -> object:
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return "" if cell is None else f"{cell:f}" if isinstance(cell, Decimal) else cell


def row(one: Offer, answer: Answer) -> list[Cell]:
    """Give the cells of one offer, one for each of `COLUMNS`."""
    parts = {part.kind: part for part in one.components}
    price, tier, rate, on_time = one.price, one.next_tier, one.fx, one.on_time
    cells: list[Cell] = [
        one.place, one.group, one.supplier.name, one.supplier.country, one.supplier_sku, one.condition, _units(one.quantity, answer), answer.unit_code,
        _units(one.moq, answer) if one.moq else None, _units(one.multiple, answer) if one.multiple else None,
        price.unit_price if price else None, _units(one.pack_size, answer), pack(one, answer), _units(tier.more, answer) if tier else None,
        tier.unit_price if tier else None, price.currency if price else "", price.price_version_id if price else "", price.as_of if price else None,
    ]  # fmt: skip
    for kind in KINDS:
        part = parts.get(kind, NO_PART)
        cells += [
            amount(part.amount_minor, one.currency), part.state, amount(part.original_minor, part.original_currency or one.currency),
            part.original_currency, part.source, part.rule_id, part.as_of, _note(part),
        ]  # fmt: skip
    cells += [
        amount(one.known_minor, one.currency), one.currency, " ".join(one.lacking), rate.rate if rate else None,
        f"{rate.base}/{rate.quote}" if rate else "", rate.provider if rate else "", rate.as_of if rate else None, _yes(is_so=rate.is_fixed) if rate else "",
        one.ready_on, one.arrives_on, on_time.k, on_time.n, on_time.rate, on_time.low, on_time.high, on_time.window_days, on_time.formula, on_time.as_of,
        one.supplier.checks, _units(one.stock.available, answer), one.stock.as_of, None if one.score is None else Decimal(one.score).scaleb(-3),
        answer.ranking_version, answer.as_of, ranking(answer),
    ]  # fmt: skip
    return cells


def pack(one: Offer, answer: Answer) -> Decimal | None:
    """Give exactly what a pack comes to in the price's currency, before freight; None where there is no pack or no price."""
    return pack_price(one.price.unit_price if one.price else None, pack_size=one.pack_size, decimals=answer.unit_decimals)


def _units(steps: int, answer: Answer) -> Decimal:
    return Decimal(steps).scaleb(-answer.unit_decimals)


def _note(part: Part) -> str:
    return " ".join([*([part.note] if part.note else []), *(["estimated"] if part.is_estimated else [])])


def _yes(*, is_so: bool) -> str:
    return "yes" if is_so else "no"


def figures(one: Offer, answer: Answer) -> list[Figure]:
    """Give every figure of an offer with its source: price of one and of a pack, components, total, arrival, keeping of dates, checks, stock."""
    rate = one.fx.rate if one.fx else None
    name = one.supplier.name
    found = []
    if one.price:
        source = ("price-list", f"price-version:{one.price.price_version_id}", one.price.as_of, "")
        found.append(Figure(name, "unit_price", "known", one.price.unit_price, one.price.currency, None, "", None, *source))
        if (packed := pack(one, answer)) is not None:
            found.append(Figure(name, "pack_price", "known", packed, one.price.currency, None, "", None, *source))
    for part in one.components:
        is_converted = part.amount_minor is not None and part.original_currency not in {"", one.currency}
        found.append(
            Figure(
                name, part.kind, part.state, amount(part.amount_minor, one.currency), one.currency,
                amount(part.original_minor, part.original_currency or one.currency), part.original_currency, rate if is_converted else None,
                part.source, part.rule_id, part.as_of, _note(part),
            )
        )  # fmt: skip
    state = "unknown" if one.lacking else "known"
    total = amount(one.known_minor, one.currency)
    found.append(Figure(name, "total", state, total, one.currency, None, "", None, "sum", "", answer.as_of, " ".join(one.lacking)))
    if one.fx:
        fixed = "fixed-rate" if one.fx.is_fixed else ""
        found.append(Figure(name, "rate", "known", rate, f"{one.fx.base}/{one.fx.quote}", None, "", None, one.fx.provider, "", one.fx.as_of, fixed))
    arrival = "known" if one.arrives_on else "unknown"
    found.append(Figure(name, "arrives_on", arrival, one.arrives_on, "", None, "", None, "site-calendar", "", answer.as_of, ""))
    on_time = one.on_time
    kept = f"{on_time.k}/{on_time.n}"
    known = "unknown" if on_time.low is None else "known"
    found.append(Figure(name, "on_time_low", known, on_time.low, "", None, "", None, "orders", on_time.formula, on_time.as_of, kept))
    found.append(Figure(name, "checks", "known", one.supplier.checks, "", None, "", None, "operator", "", None, ""))
    stock = _units(one.stock.available, answer)
    found.append(Figure(name, "stock", "known", stock, answer.unit_code, None, "", None, "supplier-count", "", one.stock.as_of, ""))
    return found
