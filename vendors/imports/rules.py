"""Owns turning a row of a file into what is staged of it: cells in the notation of the mapping, prices as tiers, one product reference, and errors."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from marketplace.kernel.sheets_in import service as sheets_in
from marketplace.kernel.sheets_in.service import CellIsBad, remembered
from marketplace.kernel.spreadsheet import unguarded
from vendors.imports import rules_cells, rules_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from marketplace.kernel.sheets_in.schemas import Cell, Mapping

# The columns of the stage, in the order in which `Reader.staged` gives them; the types are what COPY casts to.
STAGE = {
    "line": "int", "id": "uuid", "sku": "text", "sku_key": "text", "action": "text", "reference": "text", "ref_id": "uuid", "ref_key": "text", "ref_more": "text",
    "currency": "text", "tier_from": "numeric[]", "tier_price": "numeric[]", "tier_columns": "text[]", "unit": "text", "moq": "numeric", "multiple": "numeric", "pack_size": "numeric",
    "lead_days": "smallint", "incoterm": "text", "origin_country": "text", "condition": "text", "visibility": "text", "site": "uuid", "stock": "numeric",
    "safety": "numeric", "allows_backorder": "boolean", "valid_from": "timestamptz", "valid_to": "timestamptz", "problems": "text",
}  # fmt: skip
BETWEEN = "\x1f"
SKU_CHARACTERS_MAX = 80
TEXT_CHARACTERS_MAX = 200
SHOWN_CHARACTERS_MAX = 40
TIERS_MAX = 10
_PRICE = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6}0*)?", re.ASCII)
_QUANTITY = re.compile(r"0*[0-9]{1,9}(\.[0-9]{1,3}0*)?", re.ASCII)
_COUNTRY = re.compile(r"[A-Za-z]{2}", re.ASCII)
_CURRENCY = re.compile(r"[A-Za-z]{3}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
Read = Callable[[str], str]


class Keys(NamedTuple):
    """How other rooms write keys: of an article number, of a part number, of a GTIN (None when it is none); which codes and own sites there are."""

    sku: Callable[[str], str]
    part: Callable[[str], str]
    gtin: Callable[[str], str | None]
    countries: frozenset[str]
    currencies: frozenset[str]
    sites: dict[str, str]


class Reader:
    """Reads the rows of one file under one mapping. A cell is text, or a number, truth or date of a format that has such."""

    def __init__(self, mapping: Mapping, *, head: Sequence[str], keys: Keys, time_zone: str, is_guarded: bool = True) -> None:
        """Look every column up once. `is_guarded`: texts that begin like a formula bear an apostrophe, as in every file that a spreadsheet reads."""
        self._is_guarded = is_guarded
        places = {name: place for place, name in enumerate(head)}
        self._width = len(head)
        self._keys = keys
        self._fixed = {target: text for target, text in mapping.fixed.items() if target not in mapping.columns}
        bounded, pairs = rules_columns.tier_columns(mapping.columns)
        self._bounded = [(bound, target) for bound, target in bounded]
        self._pairs = pairs
        number = remembered(lambda text: sheets_in.number(text, locale=mapping.number_locale))
        self._reads: dict[str, Read] = self._plain_reads(number, mapping, time_zone)
        for target in [target for _, target in bounded] + [two for _, two in pairs]:
            self._reads[target] = remembered(lambda text: _price(number(text)))
        for target in [one for one, _ in pairs]:
            self._reads[target] = remembered(lambda text: _quantity(number(text)))
        self._columns = [(target, places[name], self._reads[target]) for target, name in mapping.columns.items()]

    def _plain_reads(self, number: Read, mapping: Mapping, time_zone: str) -> dict[str, Read]:
        quantity = remembered(lambda text: _quantity(number(text)))
        day = remembered(lambda text: sheets_in.moment(text, locale=mapping.date_locale, time_zone=time_zone))
        words = {name: remembered(lambda text, name=name: rules_cells.word(name, text)) for name in rules_cells.WORDS}  # type: ignore[misc]
        return {
            **words,
            **dict.fromkeys(("moq", "multiple", "pack", "stock", "safety"), quantity),
            **dict.fromkeys(("valid_from", "valid_to"), day),
            **dict.fromkeys(("sku", "brand", "part_number", "source", "source_id"), _text),
            "gtin": self._gtin,
            "site": remembered(self._site),
            "product_id": rules_cells.product_id,
            "currency": remembered(lambda text: _code(text, _CURRENCY, self._keys.currencies)),
            "origin": remembered(lambda text: _code(text, _COUNTRY, self._keys.countries)),
            "lead_days": remembered(rules_cells.lead_days),
            "unit": remembered(lambda text: text.upper()),
        }

    def _gtin(self, text: str) -> str:
        found = self._keys.gtin(text)
        if found is None:
            raise CellIsBad("bad-gtin")
        return self._keys.part(found)

    def _site(self, text: str) -> str:
        found = self._keys.sites.get(site_key(text))
        if found is None:
            raise CellIsBad("unknown-site")
        return found

    def bad_fixed(self) -> str | None:
        """Name the first column whose fixed value cannot be used."""
        for target, text in self._fixed.items():
            try:
                self._reads[target](text)
            except CellIsBad:
                return target
        return None

    def staged(self, line: int, row: Sequence[Cell], *, row_id: UUID) -> list[object]:
        """Give one row as the stage takes it; None stands for what the row does not say."""
        problems: list[str] = []
        given: dict[str, str] = {}
        if len(row) != self._width:
            problems.append(problem("cells-differ", value=str(len(row))))
        else:
            for target, place, read in self._columns:
                cell = row[place]
                if cell is None or cell == "":
                    continue
                try:
                    text = cell.strip() if type(cell) is str else typed(cell, target)
                    if text:
                        given[target] = read(unguarded(text) if self._is_guarded and text[0] == "'" else text)
                except CellIsBad as bad:
                    problems.append(problem(str(bad), target, str(cell)))
            for target, text in self._fixed.items():
                given.setdefault(target, self._reads[target](text))
        return self._record(line, row_id, given, problems)

    def _record(self, line: int, row_id: UUID, given: dict[str, str], problems: list[str]) -> list[object]:
        get = given.get
        sku = get("sku", "")
        key = self._keys.sku(sku) if sku else ""
        if not problems or sku:
            if not key:
                problems.append(problem("sku-missing", "sku"))
            elif len(sku) > SKU_CHARACTERS_MAX:
                problems.append(problem("too-long", "sku", sku))
                sku, key = sku[:SKU_CHARACTERS_MAX], key[:SKU_CHARACTERS_MAX]
        bounds, prices, columns = self._tiers(given, problems)
        reference, ref_id, ref_key, ref_more = self._reference(given, problems)
        nothing = [target for target in ("moq", "multiple", "pack") if target in given and not given[target].strip("0.")]
        problems += [problem("not-above-zero", target, given.pop(target)) for target in nothing]
        return [
            line, row_id, sku, key, get("action"), reference, ref_id, ref_key, ref_more, get("currency"), bounds, prices, columns, get("unit"), get("moq"),
            get("multiple"), get("pack"), get("lead_days"), get("incoterm"), get("origin"), get("condition"), get("visibility"), get("site"), get("stock"), get("safety"),
            get("backorder"), get("valid_from"), get("valid_to"), BETWEEN.join(problems) or None,
        ]  # fmt: skip

    def _tiers(self, given: dict[str, str], problems: list[str]) -> tuple[str | None, str | None, str | None]:
        """Give the price as arrays of PostgreSQL: lower bounds in units (0: from the smallest quantity on), prices, and the columns of the bounds.

        The columns are named only where a bound has decimals, which the product's unit may not take.
        """
        bounds = [str(bound) for bound, target in self._bounded if target in given]
        columns = [target for _, target in self._bounded if target in given]
        prices = [given[target] for _, target in self._bounded if target in given]
        for one, two in self._pairs:
            if (one in given) != (two in given):
                problems.append(problem("tier-incomplete", one))
            elif one in given:
                bounds.append(given[one])
                columns.append(one)
                prices.append(given[two])
        if not bounds:
            return None, None, None
        if len(bounds) > 1:
            numbers = [float(bound) for bound in bounds]
            if any(later <= earlier for earlier, later in pairwise(numbers)):
                problems.append(problem("tiers-not-ascending", "price"))
            if len(bounds) > TIERS_MAX:
                problems.append(problem("too-many-tiers", "price"))
        named = _array(columns) if any("." in bound for bound in bounds) else None
        return _array(bounds), _array(prices), named

    def _reference(self, given: dict[str, str], problems: list[str]) -> tuple[str | None, str | None, str | None, str | None]:
        """Give the product's reference: the first of id, GTIN, source with id, brand with part number that the row has."""
        if "product_id" in given:
            return "id", given["product_id"], None, None
        if "gtin" in given:
            return "gtin", None, given["gtin"], None
        if "source_id" in given:
            if "source" not in given:
                problems.append(problem("source-missing", "source"))
            return "source", None, given["source_id"], given.get("source", "")
        if "part_number" in given:
            if "brand" not in given:
                problems.append(problem("brand-missing", "brand"))
            return "part", None, self._keys.part(given["part_number"]), given.get("brand", "").casefold()
        return None, None, None, None


def _array(texts: Sequence[str]) -> str:
    return "{" + ",".join(texts) + "}"


def problem(code: str, column: str = "", value: str = "") -> str:
    """Write down one thing that is wrong with a row: a stable code, the column, and what stood there, cut short."""
    shown = _CONTROL.sub("?", value[:SHOWN_CHARACTERS_MAX])
    return f"{code}|{column}|{shown}"


def typed(cell: Cell, target: str) -> str:
    """Give the text of a cell that its format knows to be a number, a truth or a date. Raises: CellIsBad where that loses something."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, list):
        if target not in {"valid_from", "valid_to"}:
            raise CellIsBad("date-not-text")
        return str(cell[1])
    if target in {"sku", "part_number", "source_id"}:
        # 0012 that became a number has lost its zeros, and nobody can tell how many.
        raise CellIsBad("number-not-text")
    if target in {"valid_from", "valid_to"}:
        raise CellIsBad("number-not-date")
    text = str(cell)
    if "e" in text or "E" in text:
        raise CellIsBad("bad-number")
    return text.removesuffix(".0")


def copied(rows: Iterable[Sequence[object]]) -> bytes:
    """Write staged rows as the CSV that COPY reads: a blank stands for NULL."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


def _text(text: str) -> str:
    if len(text) > TEXT_CHARACTERS_MAX:
        raise CellIsBad("too-long")
    return text


def _price(text: str) -> str:
    if _PRICE.fullmatch(text) is None:
        raise CellIsBad("too-many-decimals")
    # What a spreadsheet leaves blank often comes as 0, and it would stand first everywhere.
    if not text.strip("0."):
        raise CellIsBad("not-above-zero")
    return text


def _quantity(text: str) -> str:
    if _QUANTITY.fullmatch(text) is None:
        raise CellIsBad("too-many-decimals" if "." in text else "out-of-range")
    return text


def _code(text: str, form: re.Pattern[str], known: frozenset[str]) -> str:
    code = text.upper()
    if form.fullmatch(text) is None or code not in known:
        raise CellIsBad("unknown-code")
    return code


def site_key(name: str) -> str:
    """Give the form in which names of sites are compared."""
    return " ".join(name.casefold().split())
