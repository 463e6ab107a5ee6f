"""Owns the pure rules of facets: how what is chosen stands in an address, and into which bands numbers fall."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from marketplace.trade.facets.errors import NotARange, TooManyChosen, UnknownAttribute, UnknownSort
from marketplace.trade.facets.schemas import Asked, Filters, Range

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from marketplace.trade.facets.schemas import Sort

CHOSEN_MAX, ATTRIBUTES_MAX, VALUE_LENGTH_MAX = 50, 8, 100
NAMES = ("category", "brand", "attributes", "supplier", "lead", "price", "sort")
SORTS: tuple[Sort, ...] = ("relevance", "price", "lead")
# Each decade in three: people read 10 to 20, 20 to 50, 50 to 100 at a glance, and one ladder serves grams and metres, cents and thousands.
STEPS = tuple(Decimal(step).scaleb(power) for power in range(-6, 10) for step in (1, 2, 5))
# Working days from which on a band of lead times begins.
LEAD_STEPS = (0, 2, 4, 6, 11)
_part = re.compile(r"(?:[^,\\]|\\.)+", re.DOTALL)
_pair = re.compile(r"(?:[^;\\]|\\.)+", re.DOTALL)
_number = re.compile(r"-?(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,6})?", re.ASCII)
_key = re.compile(r"[a-z0-9][a-z0-9_.-]{0,79}", re.ASCII | re.IGNORECASE)


def asked(q: str, given: Mapping[str, str]) -> Asked:
    """Read what is chosen from the values of an address. Raises: UnknownSort, NotARange, UnknownAttribute, TooManyChosen."""
    sort = given.get("sort") or "relevance"
    known = next((one for one in SORTS if one == sort), None)
    if known is None:
        raise UnknownSort(value=_shown(sort))
    return Asked(
        text=q,
        sort=known,
        filters=Filters(
            category=given.get("category", ""),
            brands=values(given.get("brand", "")),
            attributes=attributes(given.get("attributes", "")),
            suppliers=values(given.get("supplier", "")),
            leads=tuple(_days(one) for one in values(given.get("lead", ""))),
            prices=tuple(span(one, is_price=True) for one in values(given.get("price", ""))),
        ),
    )


def values(text: str) -> tuple[str, ...]:
    """Read the values of a facet: commas stand between them, and a backslash before a comma that is meant. Raises: TooManyChosen."""
    found = tuple(dict.fromkeys(value for one in _part.findall(text) if (value := _plain(one).strip())))
    if len(found) > CHOSEN_MAX or any(len(one) > VALUE_LENGTH_MAX or "\x00" in one for one in found):
        raise TooManyChosen(limit=CHOSEN_MAX)
    return found


def attributes(text: str) -> dict[str, tuple[str, ...]]:
    """Read chosen attributes, `colour:red,blue;width:10..20`. Raises: UnknownAttribute, TooManyChosen."""
    found: dict[str, tuple[str, ...]] = {}
    for pair in _pair.findall(text):
        key, colon, rest = pair.partition(":")
        chosen = values(rest)
        if not colon or not _key.fullmatch(key) or key in found or not chosen or len(found) == ATTRIBUTES_MAX:
            raise UnknownAttribute(value=_shown(pair))
        found[key] = chosen
    return found


def span(text: str, *, is_price: bool = False) -> Range:
    """Read a range such as 10..20, 10.., ..20 or the one number 12. Raises: NotARange."""
    low, dots, high = text.partition("..")
    ends = [_decimal(one) if one else None for one in (low, high)]
    wrong = any(one and end is None for one, end in zip((low, high), ends, strict=True)) or (not low and not high)
    if wrong or (is_price and any(end is not None and end < 0 for end in ends)):
        raise NotARange(value=_shown(text))
    found = Range(ends[0], ends[1] if dots else ends[0])
    if found.low is not None and found.high is not None and found.low > found.high:
        raise NotARange(value=_shown(text))
    return found


def _days(text: str) -> tuple[int, int | None]:
    low, dots, high = text.partition("..")
    found = (int(low) if low else 0, (int(high) if high else None) if dots else int(low)) if _is_days(low, high, text) else None
    if found is None or (found[1] is not None and found[1] < found[0]):
        raise NotARange(value=_shown(text))
    return found


def _is_days(low: str, high: str, text: str) -> bool:
    return text not in {"", ".."} and all(re.fullmatch("[0-9]{0,3}", one, re.ASCII) for one in (low, high)) and text.count("..") <= 1


def _decimal(text: str) -> Decimal | None:
    return Decimal(text) if _number.fullmatch(text) else None


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)


def _shown(text: str) -> str:
    return "".join(letter for letter in text[:60] if letter.isprintable())


def written(parts: Sequence[str]) -> str:
    """Write values as an address has them."""
    return ",".join(re.sub(r"([,;\\])", r"\\\1", one) for one in parts)


def address(filters: Filters, *, sort: Sort = "relevance") -> dict[str, str]:
    """Give what is chosen as the values of an address, in one order, without what is empty."""
    pairs = {
        "category": filters.category,
        "brand": written(filters.brands),
        "attributes": ";".join(f"{key}:{written(chosen)}" for key, chosen in filters.attributes.items()),
        "supplier": written(filters.suppliers),
        "lead": ",".join(days_written(*one) for one in filters.leads),
        "price": ",".join(range_written(one) for one in filters.prices),
        "sort": "" if sort == "relevance" else sort,
    }
    return {name: value for name, value in pairs.items() if value}


def days_written(low: int, high: int | None) -> str:
    """Write a band of lead times."""
    if low == high:
        return str(low)
    return f"{low}.." if high is None else f"{low}..{high}"


def range_written(one: Range) -> str:
    """Write a range as an address has it."""
    low, high = (("" if end is None else _short(end)) for end in (one.low, one.high))
    return low if one.low == one.high else f"{low}..{high}"


def _short(number: Decimal) -> str:
    return f"{number.normalize():f}" if number else "0"


def band(number: int) -> Range:
    """Give the band of this number: below the first step 0, then from each step to the next."""
    return Range(STEPS[number - 1] if number else None, STEPS[number] if number < len(STEPS) else None)


def lead_band(number: int) -> tuple[int, int | None]:
    """Give the first and the last working day of a band of lead times."""
    return LEAD_STEPS[number], (LEAD_STEPS[number + 1] - 1 if number + 1 < len(LEAD_STEPS) else None)


def toggled(filters: Filters, name: str, value: str, *, key: str = "") -> Filters:
    """Give what is chosen with one value more, or less where it is chosen already. `value` is as in an address."""
    given = address(filters)
    if name == "category":
        return asked("", given | {"category": "" if filters.category == value else value}).filters
    if name == "attributes":
        chosen = _toggled(filters.attributes.get(key, ()), value)
        pairs = {**filters.attributes, key: chosen}
        text = ";".join(f"{one}:{written(those)}" for one, those in pairs.items() if those)
        return asked("", given | {"attributes": text}).filters
    return asked("", given | {name: written(_toggled(values(given.get(name, "")), value))}).filters


def _toggled(chosen: Sequence[str], value: str) -> tuple[str, ...]:
    return tuple(one for one in chosen if one != value) if value in chosen else (*chosen, value)


def place_name(asked: Asked) -> str:
    """Name a list for its cursors: with all that is chosen, so that a place belongs to one list only."""
    return f"find:{asked.text}:{urlencode(address(asked.filters, sort=asked.sort))}"


def leads_to(kind: str, text: str, target: str) -> str:
    """Give the page that a suggestion leads to."""
    if kind == "product":
        return f"/products/{target}"
    if kind == "category":
        return f"/categories/{target}"
    query = {"brand": written([text])} if kind == "brand" else {"q": text}
    return f"/search?{urlencode(query, safe=',:;')}"
