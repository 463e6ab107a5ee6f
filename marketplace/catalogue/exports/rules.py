"""Owns how products stand in files: the columns, one row a product, each value so that reading it back gives the same."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from marketplace.kernel.spreadsheet import guarded

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from marketplace.catalogue.imports.schemas import WordedIssue
    from marketplace.catalogue.products.schemas import AttributeValue, NewProduct
    from marketplace.catalogue.taxonomy.schemas import CategoryAttribute
    from marketplace.kernel.spreadsheet import Cell

FRONT = (
    "source",
    "source_id",
    "title",
    "brand",
    "part_number",
    "gtin",
    "description",
    "category",
    "unit",
    "weight_g",
    "volume_cm3",
    "locale",
    "state",
)
ISSUES = ("line", "source_id", "column", "value", "code", "reason", "kind")
ATTRIBUTE = "attr:"
# What a cell of a number reads back as it stands.
_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,9})?")
_TEXT = re.compile(r"\S(.*\S)?")


def head(schema: Sequence[CategoryAttribute], languages: Sequence[str]) -> tuple[str, ...]:
    """Give the columns: what every product has, texts in other languages, attributes of the schema each in its own, and all others as an object."""
    words = (f"{field}_{locale}" for locale in languages for field in ("title", "description"))
    return (*FRONT, *words, *(f"{ATTRIBUTE}{one.key}" for one in schema), "attributes")


def product_row(product: NewProduct, names: Sequence[str], *, kinds: dict[str, str], slugs: dict[UUID, str]) -> list[Any]:
    """Give a product as a row. An attribute that would not be read back as it is from its own column stands in the object."""
    own = {key: value for key, value in product.attributes.items() if key in kinds and fits(value, kinds[key])}
    cells: dict[str, Any] = {
        "source": product.source,
        "source_id": product.source_id,
        "title": product.title,
        "brand": product.brand,
        "part_number": product.part_number,
        "gtin": "; ".join(one for one in (product.gtin, *product.other_gtins) if one),
        "description": product.description,
        "category": slugs.get(product.category_id, "") if product.category_id else "",
        "unit": product.unit_code,
        "weight_g": product.weight_grams,
        "volume_cm3": product.volume_cm3,
        "locale": product.locale,
        "state": product.state,
        "attributes": {key: value for key, value in product.attributes.items() if key not in own},
    }
    cells |= {f"title_{locale}": words.title for locale, words in product.texts.items()}
    cells |= {f"description_{locale}": words.description for locale, words in product.texts.items()}
    cells |= {f"{ATTRIBUTE}{key}": _written(value) for key, value in own.items()}
    return [cells.get(name) for name in names]


def fits(value: AttributeValue, kind: str) -> bool:
    """Tell whether a value is read back from a cell of its own as what it is."""
    if kind == "bool" or isinstance(value, bool):
        return kind == "bool" and isinstance(value, bool)
    if kind == "number" or not isinstance(value, str):
        return kind == "number" and not isinstance(value, str) and _NUMBER.fullmatch(_plain(value)) is not None
    return _TEXT.fullmatch(value) is not None and " ".join(value.split()) == value


def _plain(value: float) -> str:
    return f"{Decimal(str(value)):f}"


def _written(value: AttributeValue) -> Cell:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str | int) else Decimal(_plain(value))


def sheet_row(row: Sequence[Any]) -> list[Cell]:
    """Give a row as CSV and workbooks take it: the object as text."""
    return [_object(cell) if isinstance(cell, dict) else cell for cell in row]


def _object(found: dict[str, AttributeValue]) -> str:
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")) if found else ""


def json_lines(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Write rows as JSON lines, every name in each; texts are guarded as in the other kinds, because an import takes the guard off all of them."""
    lines = [json.dumps({name: _json_cell(cell) for name, cell in zip(names, row, strict=True)}, ensure_ascii=False) for row in rows]
    return "".join(f"{line}\n" for line in lines)


def _json_cell(cell: Any) -> Any:
    return guarded(cell) if isinstance(cell, str) else float(cell) if isinstance(cell, Decimal) else cell


def issue_row(one: WordedIssue, kinds: tuple[str, str]) -> list[Cell]:
    """Give what is wrong with a line as a row; `kinds` are the words for an error and for a warning."""
    return [one.line, one.source_id, one.column, one.value, one.code, one.reason, kinds[one.is_warning]]
