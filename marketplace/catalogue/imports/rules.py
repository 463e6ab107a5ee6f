"""Owns how one line of a product file becomes a product: the Icecat fields, typed attributes, and what is wrong with a line."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import msgspec

from marketplace.catalogue.imports.schemas import Issue, ParsedLine
from marketplace.catalogue.products.schemas import NewProduct
from marketplace.kernel.i18n import lazy

if TYPE_CHECKING:
    from collections.abc import Callable

    from marketplace.catalogue.products.schemas import AttributeValue

TITLE_LENGTH_MAX = 500
TEXT_LENGTH_MAX = 20_000
KEY_LENGTH_MAX = 200
ATTRIBUTES_MAX = 500
# The prefix of an attribute's name tells its type; where one name comes with two types, the second is kept under its type.
KINDS: dict[str, tuple[str, type | tuple[type, ...]]] = {
    "attr_t_": ("text", str),
    "attr_n_": ("number", (int, float)),
    "attr_b_": ("bool", bool),
}
_decode = msgspec.json.Decoder().decode
_doubled = re.compile(r"_{2,}")


class _LineIsBad(Exception):
    """The line is left out, for the reason in the arguments: code, message, parameters."""

    def __init__(self, code: str, message: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.message, self.params = code, message, params


def parse_line(raw: bytes, *, line: int, source: str, gtin14: Callable[[str], str | None]) -> ParsedLine:
    """Turn one line of JSON into a product. Weights and sizes in such files carry no unit, so they stay attributes and are never a weight.

    A GTIN with a wrong check digit and an attribute of a wrong type are warnings, and the product comes without them.
    """
    source_id = ""
    try:
        given = _object(raw)
        source_id = _text(given, "id", KEY_LENGTH_MAX)
        title = _text(given, "title", TITLE_LENGTH_MAX)
        part_number = _text(given, "name", KEY_LENGTH_MAX * 2, is_needed=False)
        brand = _text(given, "supplier", KEY_LENGTH_MAX, is_needed=False)
        description = _text(given, "short_description", TEXT_LENGTH_MAX, is_needed=False)
    except _LineIsBad as bad:
        return ParsedLine(None, (Issue(line, bad.code, bad.message, bad.params, source_id),), line)
    gtins, bad_gtins = _gtins(given.get("ean"), gtin14)
    attributes, bad_attributes = _attributes(given)
    product = NewProduct(
        source=source,
        source_id=source_id,
        title=title,
        part_number=part_number,
        brand=brand,
        description=description,
        gtin=gtins[0] if gtins else None,
        other_gtins=tuple(gtins[1:]),
        attributes=attributes,
    )
    warnings = [
        Issue(line, "bad-gtin", lazy("{gtin} is not a GTIN with the right check digit; left out."), {"gtin": one}, source_id, is_warning=True)
        for one in bad_gtins
    ]
    warnings += [
        Issue(line, "bad-attribute", lazy("{key} is not of its type; left out."), {"key": key}, source_id, is_warning=True) for key in bad_attributes
    ]
    return ParsedLine(product, tuple(warnings), line)


def _object(raw: bytes) -> dict[str, Any]:
    try:
        given = _decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _LineIsBad("bad-json", lazy("The line is not JSON: {reason}."), reason=str(error)[:200]) from None
    if not isinstance(given, dict):
        raise _LineIsBad("not-an-object", lazy("The line is not a JSON object."))
    return given


def _text(given: dict[str, Any], field: str, length_max: int, *, is_needed: bool = True) -> str:
    value = given.get(field)
    if isinstance(value, int) and not isinstance(value, bool) and field == "id":
        value = str(value)
    if value is None and not is_needed:
        return ""
    if not isinstance(value, str) or (is_needed and not value.strip()):
        raise _LineIsBad(f"missing-{field}", lazy("The field {field} is missing or is not text."), field=field)
    if "\x00" in value:
        raise _LineIsBad("control-character", lazy("The field {field} has a NUL character."), field=field)
    if len(value) > length_max:
        raise _LineIsBad("too-long", lazy("The field {field} is longer than {limit} characters."), field=field, limit=length_max)
    return " ".join(value.split()) if field != "short_description" else value.strip()


def _gtins(given: Any, gtin14: Callable[[str], str | None]) -> tuple[list[str], list[str]]:
    """Sort what the file calls EAN into right ones (14 digits, each once) and wrong ones."""
    items = given if isinstance(given, list) else [] if given is None else [given]
    right: dict[str, None] = {}
    wrong: list[str] = []
    for item in items[:100]:
        found = gtin14(item) if isinstance(item, str) else None
        if found is not None:
            right[found] = None
        elif item not in ("", None):
            wrong.append(str(item).replace("\x00", "")[:40])
    return list(right), wrong


def _attributes(given: dict[str, Any]) -> tuple[dict[str, AttributeValue], list[str]]:
    attributes: dict[str, AttributeValue] = {}
    bad: list[str] = []
    for name, value in given.items():
        kind = KINDS.get(name[:7])
        if kind is None or value is None:
            continue
        key = _doubled.sub("_", name[7:]).strip("_")[:KEY_LENGTH_MAX]
        if not _is_of(value, kind[1]) or not key or "\x00" in key or len(attributes) >= ATTRIBUTES_MAX:
            bad.append(name.replace("\x00", "")[:KEY_LENGTH_MAX])
            continue
        attributes[key if key not in attributes else f"{key}_{kind[0]}"] = _tidy(value)
    return attributes, bad


def _is_of(value: Any, kind: type | tuple[type, ...]) -> bool:
    if isinstance(value, bool) != (kind is bool) or not isinstance(value, kind):
        return False
    if isinstance(value, str):
        return "\x00" not in value and len(value) <= TEXT_LENGTH_MAX
    return not isinstance(value, float) or math.isfinite(value)


def _tidy(value: Any) -> AttributeValue:
    """Write 17.0 as 17, which says the same in fewer characters; numbers past 2^53 stay as they are."""
    tidied: AttributeValue = int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value
    return tidied
