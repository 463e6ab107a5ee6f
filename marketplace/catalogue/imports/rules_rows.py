"""Owns how one row of a sheet is read: its cells in the notation of the mapping, and what is wrong with each, told by line, column and value."""

from __future__ import annotations

import math
import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from marketplace.catalogue.imports import rules_columns
from marketplace.catalogue.imports.schemas import Issue, Said
from marketplace.kernel.i18n import lazy
from marketplace.kernel.sheets_in import service as sheets_in
from marketplace.kernel.sheets_in.service import CellIsBad
from marketplace.kernel.spreadsheet import unguarded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from marketplace.catalogue.imports.schemas import Known
    from marketplace.catalogue.products.schemas import AttributeValue
    from marketplace.kernel.sheets_in.schemas import Cell, Mapping

LONGEST = {"source_id": 200, "title": 500, "brand": 200, "part_number": 400, "description": 20_000}
TEXT_MAX, KEY_MAX, ATTRIBUTES_MAX, GTINS_MAX, SHOWN_MAX = 20_000, 200, 500, 100, 60
INTEGER_MAX = 2**53
GRAMS_MAX = 10**12
_SOURCE = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
_STATE = re.compile(r"draft|published")
_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,4})?")
_SCIENTIFIC = re.compile(r"[0-9]+([.,][0-9]+)?[eE]\+?[0-9]+")
_GTIN_PARTS = re.compile(r"[;,|\s]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_PATH = re.compile(r"\s*[>/\u203a\u00bb]\s*")
# What each code of a fault means; {column} and {value} are told beside it.
FAULTS = {
    "cells-differ": lazy("The row has {value} cells, and the head has another number."),
    "bad-number": lazy("{value} is no number in the notation of this file; say in the mapping how it writes numbers."),
    "number-not-text": lazy("{value} is a number, and zeros in front may be lost; write this column as text."),
    "date-not-text": lazy("{value} is a date, which this column does not take."),
    "too-long": lazy("{value} … is too long; at most {limit} characters."),
    "control-character": lazy("There is a character in the text that cannot be printed."),
    "gtin-scientific": lazy("A spreadsheet has shortened this GTIN to {value}, and its last digits are lost; write the column as text."),
    "bad-gtin": lazy("{value} is no GTIN: its length or its check digit is wrong."),
    "too-many-gtins": lazy("There are more than {limit} GTINs."),
    "unknown-category": lazy("There is no category {value}."),
    "unknown-unit": lazy("{value} is no code of a unit that this market knows."),
    "bad-source": lazy("{value} is no name of a source: small letters, digits, points and hyphens."),
    "bad-state": lazy("{value} is neither draft nor published."),
    "bad-locale": lazy("{value} is no code of a language, as vi or ar."),
    "bad-object": lazy("This is no JSON object of texts, numbers and truths."),
    "out-of-range": lazy("{value} is too large."),
    "not-above-zero": lazy("This has to be more than 0."),
    "missing-source_id": lazy("The id at the source is missing; without it the product is not found again."),
    "missing-title": lazy("A new product needs a title."),
    "duplicate": lazy("An earlier line has the same id; case, spaces and accents written otherwise count as the same."),
    "moved": lazy("{value} was merged into {kept}, which its own row describes; this row changes nothing."),
    "retired": lazy("The product {value} is no longer sold; it is not changed by a file."),
    "bad-attribute": lazy("{value} is not of the attribute's type; left out."),
    "title-in-language": lazy("A description in another language needs its title too; left out."),
}


class _Bad(Exception):
    """A cell cannot be used: code, what stood there, parameters."""

    def __init__(self, code: str, value: object = "", **params: Any) -> None:
        super().__init__(code)
        self.code, self.value, self.params = code, shown(value), params


def shown(value: object) -> str:
    """Give what stood in a cell, short and printable."""
    return _CONTROL.sub("?", str(value))[:SHOWN_MAX]


def issue(line: int, code: str, *, source_id: str = "", column: str = "", value: object = "", is_warning: bool = False, **params: Any) -> Issue:
    """Tell one thing that is wrong with a row."""
    told = {"column": column, "value": shown(value), **params}
    return Issue(line, code, FAULTS[code], told, source_id, is_warning=is_warning)


def row_key(source: str, source_id: str) -> str:
    """Give the form in which ids of one file are compared: case, spaces and accents that are written otherwise are the same."""
    return f"{source}\x00{' '.join(unicodedata.normalize('NFKC', source_id).casefold().split())}"


def path_key(path: str) -> str:
    """Give the form in which paths of categories are compared."""
    return " > ".join(" ".join(part.casefold().split()) for part in _PATH.split(path.strip()) if part)


class Reader:
    """Reads the rows of one file under one mapping."""

    def __init__(self, mapping: Mapping, *, head: Sequence[str], source: str, known: Known, gtin14: Callable[[str], str | None]) -> None:
        """Look every column up once."""
        places = {name: place for place, name in enumerate(head)}
        self._width, self._source, self._known, self._gtin14 = len(head), source, known, gtin14
        self._heads = dict(mapping.columns)
        self._columns = [(target, places[name]) for target, name in mapping.columns.items()]
        self._never_blank: dict[str, tuple[str, Callable[[str], Any]]] = {
            "category": ("category_id", self._category),
            "unit": ("unit_code", self._unit),
            "locale": ("locale", lambda text: _matched(text, _LOCALE, "bad-locale")),
            "state": ("state", lambda text: _matched(text, _STATE, "bad-state")),
            "source": ("source", lambda text: _matched(text, _SOURCE, "bad-source")),
        }
        self._number = sheets_in.remembered(lambda text: sheets_in.number(text, locale=mapping.number_locale))

    def head_of(self, target: str) -> str:
        """Give what the file calls a column."""
        return self._heads.get(target, target)

    def said(self, line: int, row: Sequence[Cell]) -> Said:
        """Read one row; what cannot be used is among the issues, and the rest is read all the same."""
        if len(row) != self._width:
            return Said(line=line, source=self._source, source_id="", issues=(issue(line, "cells-differ", value=len(row)),))
        values: dict[str, Any] = {}
        words: dict[str, dict[str, str | None]] = {}
        cells: dict[str, Cell] = {}
        faults: list[tuple[str, _Bad]] = []
        for target, place in self._columns:
            cell = row[place]
            if isinstance(cell, str):
                cell = unguarded(cell).strip() or None
            try:
                if target.startswith(rules_columns.ATTRIBUTE):
                    cells[_key(target)] = _plain(cell)
                elif about := rules_columns.words_of(target):
                    words.setdefault(about[1], {})[about[0]] = None if cell is None else _text(cell, about[0])
                else:
                    self._take(values, target, cell)
            except _Bad as bad:
                faults.append((target, bad))
        source_id, source = values.pop("source_id", None) or "", values.pop("source", None) or self._source
        if not source_id and "source_id" not in [target for target, _ in faults]:
            faults.append(("source_id", _Bad("missing-source_id")))
        issues = tuple(issue(line, bad.code, source_id=source_id, column=self.head_of(at), value=bad.value, **bad.params) for at, bad in faults)
        whole = values.pop("attributes", None)
        return Said(line=line, source=source, source_id=source_id, values=values, attributes=whole, cells=cells, words=words, issues=issues)

    def _take(self, values: dict[str, Any], target: str, cell: Cell) -> None:
        if target in rules_columns.WEIGHTS or target in rules_columns.VOLUMES:
            field = "weight_grams" if target in rules_columns.WEIGHTS else "volume_cm3"
            found = None if cell is None else self._measure(cell, (rules_columns.WEIGHTS | rules_columns.VOLUMES)[target])
            # Of two columns for one thing the one that says something counts.
            values[field] = found if found is not None else values.get(field)
        elif target == "gtin":
            values["gtins"] = () if cell is None else self._gtins(cell)
        elif target == "attributes":
            values["attributes"] = {} if cell is None else _object(cell)
        elif target in self._never_blank:
            # A blank leaves the product in the category, unit and language that it has.
            if cell is not None:
                field, read = self._never_blank[target]
                values[field] = read(_text(cell, "title"))
        else:
            values[target] = None if cell is None else _text(cell, target)

    def _measure(self, cell: Cell, factor: str) -> int:
        """Give whole grams or cubic centimetres, half up; what is not nothing is at least one of them."""
        text = self.number(cell)
        found = Decimal(text) * Decimal(factor)
        if found <= 0:
            raise _Bad("not-above-zero", text)
        if found > GRAMS_MAX:
            raise _Bad("out-of-range", text)
        return max(1, int(found.quantize(Decimal(1), rounding=ROUND_HALF_UP)))

    def number(self, cell: Cell) -> str:
        """Give a number as plain text, from a cell that is one or is written in the notation of the file."""
        if isinstance(cell, bool | list) or cell is None:
            raise _Bad("bad-number", cell)
        if isinstance(cell, int | float):
            text = f"{Decimal(str(cell)):f}"
            return text.removesuffix(".0")
        try:
            return self._number(cell)
        except CellIsBad:
            raise _Bad("bad-number", cell) from None

    def _signed(self, cell: Cell) -> Decimal:
        """Give a number that may lie below zero, as a temperature does. Raises: ValueError."""
        is_below = isinstance(cell, str) and cell[:1] in {"-", "\u2212"}
        try:
            number = Decimal(self.number(cell[1:].strip() if is_below and isinstance(cell, str) else cell))
        except _Bad as bad:
            raise ValueError(bad.value) from None
        return -number if is_below else number

    def _gtins(self, cell: Cell) -> tuple[str, ...]:
        if isinstance(cell, float | bool | list):
            raise _Bad("bad-gtin", cell)
        text = str(cell)
        parts = _json_texts(text) if text.startswith("[") else [part for part in _GTIN_PARTS.split(text) if part]
        if len(parts) > GTINS_MAX:
            raise _Bad("too-many-gtins", limit=GTINS_MAX)
        if _SCIENTIFIC.fullmatch(text.replace(" ", "")) or any(_SCIENTIFIC.fullmatch(part) for part in parts):
            raise _Bad("gtin-scientific", text)
        found: dict[str, None] = {}
        for part in parts:
            right = self._gtin14(part)
            if right is None:
                raise _Bad("bad-gtin", part)
            found[right] = None
        return tuple(found)

    def _category(self, text: str) -> Any:
        found = self._known.categories.get(text.casefold()) or self._known.categories.get(path_key(text))
        if found is None:
            raise _Bad("unknown-category", text)
        return found

    def _unit(self, text: str) -> str:
        code = text.upper()
        if code not in self._known.units:
            raise _Bad("unknown-unit", text)
        return code

    def attribute(self, cell: Cell, *, kind: str) -> AttributeValue:
        """Give a cell as an attribute of a kind; "" stands for no kind that anybody knows, and a text stays a text. Raises: ValueError."""
        if kind in {"", "text", "enum", "date", "range"} and not isinstance(cell, list):
            return cell if isinstance(cell, str | bool) or (kind == "" and cell is not None) else str(cell)
        if kind == "bool":
            word = str(cell).casefold()
            if word in {"yes", "true", "1", "y"} or word in {"no", "false", "0", "n"}:
                return word in {"yes", "true", "1", "y"}
            raise ValueError(word)
        if kind == "number" and not isinstance(cell, bool):
            number = self._signed(cell)
            return int(number) if number == number.to_integral_value() and abs(number) < INTEGER_MAX else float(number)
        if isinstance(cell, list):
            return str(cell[1])
        raise ValueError(str(cell))


def _key(target: str) -> str:
    key = target.removeprefix(rules_columns.ATTRIBUTE)[:KEY_MAX]
    return "".join(letter for letter in key if letter.isprintable())


def _plain(cell: Cell) -> Cell:
    if isinstance(cell, str):
        return _text(cell, "description")
    if isinstance(cell, float):
        if not math.isfinite(cell):
            raise _Bad("bad-number", cell)
        return tidy(cell)
    return cell


def tidy(value: AttributeValue) -> AttributeValue:
    """Write 17.0 as 17, which says the same; numbers past 2^53 stay as they are."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < INTEGER_MAX else value


def _text(cell: Cell, field: str) -> str:
    if isinstance(cell, list):
        raise _Bad("date-not-text", cell[1])
    if not isinstance(cell, str):
        # 0012 that became a number has lost its zeros, and nobody can tell how many.
        raise _Bad("number-not-text", cell)
    if _CONTROL.search(cell.replace("\r\n", "\n") if field == "description" else cell):
        raise _Bad("control-character", cell)
    limit = LONGEST.get(field, TEXT_MAX)
    if len(cell) > limit:
        raise _Bad("too-long", cell, limit=limit)
    return cell if field == "description" else " ".join(cell.split())


def _matched(text: str, pattern: re.Pattern[str], code: str) -> str:
    if pattern.fullmatch(text) is None:
        raise _Bad(code, text)
    return text


def _json_texts(text: str) -> list[str]:
    try:
        found = msgspec.json.decode(text, type=list[str])
    except msgspec.DecodeError:
        raise _Bad("bad-gtin", text) from None
    return [one.strip() for one in found if one.strip()]


def _object(cell: Cell) -> dict[str, AttributeValue]:
    try:
        found = msgspec.json.decode(str(cell) if isinstance(cell, str) else "", type=dict[str, str | bool | int | float])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _Bad("bad-object", cell) from None
    for key, value in found.items():
        is_long = len(key) > KEY_MAX or (isinstance(value, str) and len(value) > TEXT_MAX)
        if not key or is_long or "\x00" in key or (isinstance(value, str) and "\x00" in value):
            raise _Bad("bad-object", cell)
    if len(found) > ATTRIBUTES_MAX:
        raise _Bad("bad-object", cell)
    return {key: tidy(value) for key, value in found.items()}
