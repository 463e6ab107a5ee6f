"""Owns the pure rules of product types: which words of a title name the kind of thing, and which learned phrase a product bears."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from marketplace.kernel.names import folded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from marketplace.catalogue.types.schemas import Known

HEAD_WORDS, TAIL_WORDS, PHRASE_WORDS = 4, 6, 4
# Words that follow a kind of thing and are none.
COLOURS = frozenset(
    "black white grey gray silver gold blue red green yellow orange pink purple violet brown beige transparent clear multicolor multicolour original".split()  # noqa: SIM905
)
_plural = re.compile(r"(?<=..)(?P<ies>ies)$|(?<=.)(?P<es>ch|sh|ss|x)es$|(?<=..[^sui])(?<!en)s$")
_word = re.compile(r"[^\W_]+")
# Where the name of a thing ends and what it is made for, goes with or measures begins.
_end = re.compile(r"\s[-\u2013\u2014+]\s|[,(;:]|\b(?:for|with|without|to|from|incl|including|featuring|w)\b")


def singular(word: str) -> str:
    """Give an English plural as its singular where the ending says so: "cables" is "cable", "batteries" "battery", "lens" "lens"."""
    return _plural.sub(lambda found: "y" if found["ies"] else found["es"] or "", word)


def head(title: str, *, brand: str, part_number: str) -> list[str]:
    """Give the words that follow brand and model in a title, at most four, up to the first with a digit or the first colour.

    "TP-LINK RE505X network extender White" of brand TP-LINK and model RE505X gives network, extender. A title that names the thing before its model
    ("Ball valve BV8, brass") gives what stands there: what follows says what it is made of.
    """
    rest, name = folded(title), folded(part_number)
    if before := _before(title, brand=brand, part_number=part_number):
        return [singular(word) for word in _word.findall(before) if not any(letter.isdigit() for letter in word)][-HEAD_WORDS:]
    rest = rest.removeprefix(folded(brand)) if brand else rest
    before, found, after = rest.partition(name) if name else (rest, "", "")
    words: list[str] = []
    for word in _word.findall(after if found else before):
        if len(words) == HEAD_WORDS or word in COLOURS or any(letter.isdigit() for letter in word):
            break
        words.append(singular(word))
    return words


def _before(title: str, *, brand: str, part_number: str) -> str:
    """Give what stands before the model in a title that does not begin with its brand, "" in every other title."""
    whole, maker, name = folded(title), folded(brand), folded(part_number)
    before, found, _ = whole.partition(name) if name else (whole, "", "")
    return before if found and _word.search(before) and not (maker and before.startswith(maker)) else ""


def tail(title: str, *, brand: str, part_number: str) -> list[str]:
    """Give the last words of a product's name, at most six, before what it is for or goes with: there an English name says what the thing is.

    "Car Charger for iPhone" gives car, charger. The name is what stands before the model, else the model where the title has it, else the title.
    """
    whole, name = folded(title), folded(part_number)
    named = _before(title, brand=brand, part_number=part_number) or (name if name and name in whole else whole)
    return [singular(word) for word in _word.findall(_end.split(named, maxsplit=1)[0])][-TAIL_WORDS:]


def kind(first: Sequence[str], last: Sequence[str], known: Known) -> str | None:
    """Choose the learned phrase a product bears: the longest its head begins with, else the longest its name ends with. None where there is none.

    A head that goes on behind the phrase is of that type only where the next word goes on behind several types ("notebook, internal"): a "notebook
    stand" is no notebook, though nobody has learned what it is.
    """
    for size in range(min(PHRASE_WORDS, len(first)), 0, -1):
        if (phrase := " ".join(first[:size])) in known.phrases:
            return phrase if len(first) == size or first[size] in known.followers else None
    for size in range(min(PHRASE_WORDS, len(last)), 0, -1):
        if (phrase := " ".join(last[-size:])) in known.phrases:
            return phrase
    return None
