"""Owns areas: how postal codes, their beginnings and ranges of such are written and compared. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

RANGE: Final = ".."
KEY: Final = re.compile(r"[0-9A-Z]{1,10}", re.ASCII)


class Area(NamedTuple):
    """A country, or a part of it by the beginning of its postal codes: all that lie from `first` to `last`, "" for all of the country."""

    country: str
    first: str
    last: str

    @property
    def text(self) -> str:
        """Write it as people do: "DE", "DE 20", "DE 01..09"."""
        return f"{self.country} {self.first}{RANGE + self.last if self.last else ''}".rstrip()

    def meets(self, other: Area) -> bool:
        """Tell whether one postal code could be in both with neither of them being the longer beginning."""
        if self.country != other.country or len(self.first) != len(other.first):
            return False
        return self.first <= (other.last or other.first) and other.first <= (self.last or self.first)


@lru_cache(maxsize=5000)
def postal_key(postal_code: str) -> str:
    """Give a postal code as beginnings are compared: ASCII capitals and digits only."""
    return "".join(character for character in postal_code.upper() if character.isascii() and character.isalnum())


def covers(first: str, last: str, postal_code: str) -> bool:
    """Tell whether a postal code begins with `first`, or with something from it to `last` of the same length."""
    if not first:
        return True
    key = postal_key(postal_code)
    return first <= key[: len(first)] <= last if last else key.startswith(first)


def area_of(country: str, prefix: str) -> Area | None:
    """Read an area from a country's code and a beginning or range ("01..09"); None for what is neither."""
    if not re.fullmatch("[A-Z]{2}", country, re.ASCII):
        return None
    first, dots, last = (part.strip() for part in unicodedata.normalize("NFKC", prefix).partition(RANGE))
    first, last = postal_key(first), postal_key(last)
    if not prefix.strip():
        return Area(country, "", "")
    if not KEY.fullmatch(first) or (dots and (len(last) != len(first) or last <= first)):
        return None
    return Area(country, first, last)


def split_area(text: str) -> tuple[str, str]:
    """Split an area as people write it into the country's code and the beginning or range: "DE", "DE 20", "DE 01..09"."""
    country, _, prefix = " ".join(text.split()).partition(" ")
    return country.upper(), prefix
