"""Owns how attributes of different products come into rows: one unit a row, in the order of the first category that names them. Pure."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import UUID

import msgspec

from marketplace.catalogue.attributes import service as attributes
from marketplace.trade.alike.errors import NotAProduct, TooManyProducts
from marketplace.trade.alike.schemas import Cell, Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from marketplace.catalogue.products.schemas import AttributeValue
    from marketplace.catalogue.taxonomy.schemas import CategoryAttribute

PRODUCTS_MAX: Final = 10
# Units of one kind, each with how many of the smallest it is. Bytes are left apart: a maker's GB is a thousand MB or 1,024, and nothing says which.
SCALES: Final[tuple[dict[str, Decimal], ...]] = tuple(
    {unit: Decimal(size) for unit, size in one.items()}
    for one in (
        {
            "µm": "0.001",
            "mm": "1",
            "cm": "10",
            "dm": "100",
            "m": "1000",
            "km": "1000000",
            "in": "25.4",
            "inch": "25.4",
            '"': "25.4",
            "″": "25.4",
            "ft": "304.8",
        },
        {"mm²": "1", "cm²": "100", "m²": "1000000"},
        {"ml": "1", "cl": "10", "dl": "100", "l": "1000", "L": "1000", "m³": "1000000"},
        {"mg": "0.001", "g": "1", "kg": "1000", "t": "1000000"},
        {"mW": "0.001", "W": "1", "kW": "1000", "MW": "1000000"},
        {"Wh": "1", "kWh": "1000"},
        {"µA": "0.001", "mA": "1", "A": "1000"},
        {"mAh": "1", "Ah": "1000"},
        {"mV": "1", "V": "1000", "kV": "1000000"},
        {"Ω": "1", "kΩ": "1000", "MΩ": "1000000"},
        {"Hz": "1", "kHz": "1000", "MHz": "1000000", "GHz": "1000000000"},
        {"µs": "0.001", "ms": "1", "s": "1000", "min": "60000", "h": "3600000"},
        {"bit/s": "1", "kbit/s": "1000", "Mbit/s": "1000000", "Mbps": "1000000", "Gbit/s": "1000000000", "Gbps": "1000000000"},
        {"Pa": "1", "hPa": "100", "mbar": "100", "kPa": "1000", "bar": "100000", "MPa": "1000000"},
        {"N": "1", "kN": "1000"},
        {"KiB": "1", "MiB": "1024", "GiB": "1048576", "TiB": "1073741824"},
    )
)
_RANGE = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?)\.\.(-?[0-9]+(?:\.[0-9]+)?)")


class Side(NamedTuple):
    """A product as rows need it: what it says, what its category defines, and which of its numbers are doubted, with the reason."""

    attributes: Mapping[str, AttributeValue]
    defined: Sequence[CategoryAttribute]
    doubts: Mapping[str, str] = {}


def asked_ids(texts: Iterable[str]) -> list[UUID]:
    """Read ids, several to a text between commas, each once, in their order. Raises: NotAProduct, TooManyProducts."""
    ids: dict[UUID, None] = {}
    for word in (one.strip() for text in texts for one in text.split(",")):
        if not word:
            continue
        try:
            ids[UUID(word)] = None
        except ValueError:
            raise NotAProduct(value=word[:40]) from None
    if len(ids) > PRODUCTS_MAX:
        raise TooManyProducts(limit=PRODUCTS_MAX)
    return list(ids)


def usable_ids(texts: Iterable[str]) -> list[UUID]:
    """Read what can be used of ids, the first ten, for a page that goes on after telling what is wrong."""
    found: dict[UUID, None] = {}
    for word in (one.strip() for text in texts for one in text.split(",")):
        try:
            found[UUID(word)] = None
        except ValueError:
            continue
    return list(found)[:PRODUCTS_MAX]


def factor(unit: str, into: str) -> Decimal | None:
    """Give by what a number in one unit is multiplied to be in another; None where no measure has both."""
    if unit == into:
        return Decimal(1)
    scale = next((one for one in SCALES if unit in one and into in one), None)
    return None if scale is None else scale[unit] / scale[into]


def rows(sides: Sequence[Side], *, locale: str) -> list[Row]:
    """Put all attributes into rows: the defined ones first, in the order of the products' categories, then the others by name."""
    names: dict[str, CategoryAttribute | None] = {}
    for side in sides:
        ranked = sorted(side.defined, key=lambda one: (one.telling_rank is None, one.telling_rank or 0))
        names |= {one.key: one for one in ranked if one.key not in names and any(one.key in other.attributes for other in sides)}
    names |= dict.fromkeys(sorted({key for side in sides for key in side.attributes} - set(names)))
    return [_row(key, about, sides, locale) for key, about in names.items()]


def _row(key: str, about: CategoryAttribute | None, sides: Sequence[Side], locale: str) -> Row:
    told = [_cell(key, about, side, locale) for side in sides]
    label = about.label(locale) if about else key.replace("_", " ").capitalize()
    unit = about.unit if about else ""
    return Row(key=key, label=label, unit=unit, cells=tuple(cell for cell, _ in told), differs=len({said for _, said in told}) > 1)


def _cell(key: str, about: CategoryAttribute | None, side: Side, locale: str) -> tuple[Cell, tuple[str, str]]:
    """Give a cell, and what it comes to when it is compared: its unit and value."""
    if key not in side.attributes:
        return Cell(), ("", "")
    own = next((one for one in side.defined if one.key == key), None)
    value = side.attributes[key]
    if own is not None and about is not None and own.unit != about.unit:
        by = factor(own.unit, about.unit)
        converted = None if by is None else _times(value, by)
        if converted is not None:
            value, own = converted, msgspec.structs.replace(own, unit=about.unit)
    text, said = attributes.written(value, own, locale=locale), (own.unit if own else "", _compared(value))
    # A number that stayed in another unit than its row is told with it, or a file would give it the row's.
    is_apart = own is not None and about is not None and own.unit not in {about.unit, ""}
    return Cell(text if is_apart else value, text, side.doubts.get(key, "")), said


def _times(value: AttributeValue, by: Decimal) -> AttributeValue | None:
    """Multiply a number, or both ends of a range; None for what is neither."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _plain(Decimal(str(value)) * by)
    ends = _RANGE.fullmatch(value)
    return None if ends is None else "..".join(str(_plain(Decimal(end) * by)) for end in ends.groups())


def _plain(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)


def _compared(value: AttributeValue) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{Decimal(str(value)).normalize():f}"
    return " ".join(str(value).split()).casefold()
