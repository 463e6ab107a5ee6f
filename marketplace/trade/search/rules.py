"""Owns the pure rules of search: what a query may be, which identifiers it may name, and which attributes tell a product apart."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from marketplace.catalogue.units.service import symbol_word
from marketplace.trade.search.schemas import Telling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from marketplace.catalogue.products.schemas import AttributeValue
    from marketplace.catalogue.taxonomy.schemas import CategoryAttribute
    from marketplace.kernel.actor import Actor

QUERY_LENGTH_MAX = 200
TOKENS_MAX = 12
KEY_LENGTH_MIN = 4
TELLING_MAX = 4
VALUE_LENGTH_MAX = 40
MISTYPED_MIN = 4
_excluded = re.compile(r'(?:^|\s)-(?:"[^"]*"?|\S+)')


def is_searchable(text: str) -> bool:
    """Tell whether a text can be searched for: short enough in characters and bytes, and without NUL, which PostgreSQL refuses."""
    return len(text) <= QUERY_LENGTH_MAX and len(text.encode("utf-8", "replace")) <= QUERY_LENGTH_MAX * 4 and "\x00" not in text


def identifier_keys(text: str, *, key_of: Callable[[str], str]) -> list[str]:
    """List the identifiers a query may name, the whole of it first, then words with a digit, alone and with their neighbour.

    "brother tn 2110" asks for BROTHERTN2110, then TN2110: part numbers are written with and without blanks.
    """
    whole = key_of(text)
    words = text.split()[:TOKENS_MAX]
    pairs = [f"{first}{second}" for first, second in pairwise(words)]
    keys = [key_of(part) for part in (*pairs, *words) if any(letter.isdigit() for letter in part)]
    return [key for key in dict.fromkeys((whole, *(key for key in keys if len(key) >= KEY_LENGTH_MIN))) if key]


def has_operators(text: str) -> bool:
    """Tell whether a text holds a phrase in quotes or a word that is excluded by a minus."""
    return '"' in text or _excluded.search(text) is not None


def positive(text: str) -> str:
    """Give a text without the words it excludes and without quotes."""
    return _excluded.sub(" ", text).replace('"', " ")


def excluded(text: str) -> list[str]:
    """List what a text excludes, words and phrases, at most twelve of them."""
    return [words for one in _excluded.findall(text)[:TOKENS_MAX] if (words := one.strip().removeprefix("-").strip('"'))]


def may_be_mistyped(word: str) -> bool:
    """Tell whether a word that comes nowhere may be another one mistyped: long enough, and no number of a model."""
    return len(word) >= MISTYPED_MIN and not any(letter.isdigit() for letter in word)


def respelled(lexemes: Sequence[str], text: str, words: Mapping[str, str]) -> str:
    """Write a text anew with the words that were read in place of others; of a text whose words cannot be told apart, the words as they are compared."""
    written = text.split()
    if len(written) != len(lexemes):
        return " ".join(words.get(one, one) for one in lexemes)
    return " ".join(words.get(one, word) for one, word in zip(lexemes, written, strict=True))


def segment(viewer: Actor) -> str:
    """Name the kind of visitor for the log of misses, never who it is: "anonymous", or capacity and country such as "buyer:DE"."""
    if viewer.is_anonymous:
        return "anonymous"
    capacity = next((one for one in ("buyer", "supplier", "operator") if one in viewer.capacities), "other")
    return f"{capacity}:{viewer.country}" if viewer.country else capacity


def telling(
    attributes: Mapping[str, AttributeValue], of_category: Iterable[CategoryAttribute], *, locale: str, written: Callable[[AttributeValue], str]
) -> tuple[Telling, ...]:
    """Choose the attributes that tell a product apart: by the category's telling rank, else the first short texts.

    A number without a definition of its unit tells nothing.
    """
    known = [attribute for attribute in of_category if attribute.key in attributes]
    if known:
        return tuple(
            Telling(about.label(locale), f"{written(attributes[about.key])} {symbol_word(about.unit, locale=locale)}".rstrip())
            for about in known[:TELLING_MAX]
        )
    words = [(key, value) for key, value in attributes.items() if isinstance(value, str) and 0 < len(value) <= VALUE_LENGTH_MAX]
    return tuple(Telling(key.replace("_", " ").capitalize(), value) for key, value in words[:TELLING_MAX])
