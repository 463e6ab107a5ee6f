"""Owns the rules of addresses: fields, postal codes by country. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

import msgspec

from marketplace.kernel import countries
from marketplace.kernel.errors import Faults, FieldError, InvalidInput
from marketplace.kernel.names import clean_name

if TYPE_CHECKING:
    from buyers.addresses.schemas import AddressInput

LINES_MAX: Final = 4
# Shapes of the UPU's postal addressing guide, as typed in capitals, with an example that a person can follow.
POSTAL_CODES: Final[dict[str, tuple[str, str]]] = {
    "AE": (r"", ""),
    "AT": (r"[0-9]{4}", "1010"),
    "AU": (r"[0-9]{4}", "2000"),
    "BE": (r"[0-9]{4}", "1000"),
    "CA": (r"[ABCEGHJ-NPRSTVXY][0-9][A-Z] ?[0-9][A-Z][0-9]", "K1A 0B1"),
    "CH": (r"[0-9]{4}", "8001"),
    "CN": (r"[0-9]{6}", "100000"),
    "CZ": (r"[0-9]{3} ?[0-9]{2}", "110 00"),
    "DE": (r"[0-9]{5}", "20457"),
    "DK": (r"[0-9]{4}", "1050"),
    "ES": (r"[0-9]{5}", "28001"),
    "FR": (r"[0-9]{5}", "69002"),
    "GB": (r"[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}", "SW1A 1AA"),
    "HK": (r"", ""),
    "IN": (r"[0-9]{6}", "110001"),
    "IT": (r"[0-9]{5}", "00118"),
    "JP": (r"[0-9]{3}-?[0-9]{4}", "100-0001"),
    "KW": (r"[0-9]{5}", "13001"),
    "NL": (r"[1-9][0-9]{3} ?[A-Z]{2}", "1012 AB"),
    "PL": (r"[0-9]{2}-[0-9]{3}", "00-950"),
    "QA": (r"", ""),
    "SA": (r"[0-9]{5}(-[0-9]{4})?", "11564"),
    "SE": (r"[0-9]{3} ?[0-9]{2}", "111 20"),
    "SG": (r"[0-9]{6}", "018956"),
    "TR": (r"[0-9]{5}", "34000"),
    "US": (r"[0-9]{5}(-[0-9]{4})?", "60601"),
    "VN": (r"[0-9]{5,6}", "700000"),
}
_ANY_CODE = re.compile(r"([A-Z0-9][A-Z0-9 -]{0,8}[A-Z0-9])?", re.ASCII)


def check_postal_code(value: str, *, country: str, pointer: str = "/postal_code") -> str:
    """Give the postal code in capitals, in the country's shape; blank where the country has none.

    Raises: InvalidInput, with an example of the country.
    """
    typed = " ".join(unicodedata.normalize("NFKC", value).upper().split())
    shape = POSTAL_CODES.get(country)
    if shape is None:
        if not _ANY_CODE.fullmatch(typed):
            raise InvalidInput(errors=(FieldError(pointer, "bad-postal-code", "Give the postal code as it is written on a letter."),))
        return typed
    pattern, example = shape
    if re.fullmatch(pattern, typed, re.ASCII):
        return typed
    raise InvalidInput(
        errors=(
            FieldError(
                pointer,
                "bad-postal-code",
                "Postal codes of this country look like {example}." if example else "This country has no postal codes; leave the field blank.",
                {"example": example},
            ),
        )
    )


def checked(data: AddressInput) -> AddressInput:
    """Give the address with every field cleaned, or refuse all that is wrong with it at once.

    Raises: InvalidInput with a pointer for each field.
    """
    errors = Faults()
    lines = tuple(line for line in data.lines if line.strip())
    if not 1 <= len(lines) <= LINES_MAX:
        errors.append(FieldError("/lines", "missing", "Give 1 to {limit} lines, such as street and number.", {"limit": LINES_MAX}))
        lines = lines[:LINES_MAX]
    country = errors.take(lambda: countries.check_country(data.country), "")
    cleaned = msgspec.structs.replace(
        data,
        label=errors.take(lambda: clean_name(data.label, pointer="/label"), ""),
        recipient=errors.take(lambda: clean_name(data.recipient, pointer="/recipient"), ""),
        lines=tuple(errors.take(lambda line=line, place=place: clean_name(line, pointer=f"/lines/{place}"), "") for place, line in enumerate(lines)),  # type: ignore[misc]
        city=errors.take(lambda: clean_name(data.city, pointer="/city"), ""),
        region=errors.take(lambda: clean_name(data.region, pointer="/region"), "") if data.region.strip() else "",
        country=country,
        postal_code=errors.take(lambda: check_postal_code(data.postal_code, country=country), "") if country else "",
        time_zone=errors.take(lambda: countries.check_time_zone(data.time_zone, country=country), "") if country else "",
    )
    errors.refuse()
    return cleaned
