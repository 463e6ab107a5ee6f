"""Owns the pure rules of matches: the keys by which products meet, and how much speaks for and against two being the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from marketplace.catalogue.matches.schemas import Facts, Found, Piece
from marketplace.kernel.names import folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

    from marketplace.catalogue.matches.schemas import Kind, Verdict
    from marketplace.catalogue.products.schemas import AttributeValue

# Points a pair begins with, by what it met in, and what each further piece of evidence moves them by.
BASE: Final[dict[str, int]] = {"gtin": 75, "part_number": 60, "title": 35}
SAME_BRAND, SAME_TITLE, SAME_PART_NUMBER, SAME_WEIGHT = 15, 20, 15, 5
OTHER_BRAND, OTHER_GTIN, OTHER_NUMBERS, OTHER_UNIT, OTHER_PACK = -30, -15, -25, -40, -30
OTHER_COLOUR, OTHER_CATEGORY, OTHER_WEIGHT, OTHER_ATTRIBUTE, OTHER_ATTRIBUTES_MAX = -30, -10, -10, -12, -48
# Weights of one thing differ by how they were taken; beyond a tenth it is another thing or another pack.
WEIGHT_SLACK_PERCENT = 10
# A part number of two characters is a series ("88", "X1"), and names nothing.
KEY_LENGTH_MIN, TITLE_KEY_LENGTH_MAX, TITLE_WORDS_MIN = 3, 300, 3
# More products than this that meet in one key are each held against the first of them only.
ALL_PAIRS_MAX = 12
TITLE_SCORE_MIN = 50
SHOWN_MAX = 160
_decimal = re.compile(r"(\d+)[.,](\d+)([^\W\d_]*)")
_word = re.compile(r"\d+(?:[.,]\d+)*[^\W\d_]*|[^\W\d_]+\d*")
# "quantity_per_pack", but not "package_height".
_pack = re.compile(r"(?:^|_)(?:packs?|pcs|pieces)(?:_|$)|quantity_per|^quantity$", re.IGNORECASE)
_colour = re.compile(r"colou?r", re.IGNORECASE)
COLOURS: Final = frozenset(
    "black white grey gray silver gold blue red green yellow orange pink purple violet brown beige cyan magenta transparent titanium".split()  # noqa: SIM905
)


def words(text: str) -> list[str]:
    """Give the words of a text as they are compared; "1.0m" and "10m" are two words, "1.0m" and "1m" one."""
    return [_number(word) for word in _word.findall(folded(text))]


def _number(word: str) -> str:
    if word.isalnum() or (found := _decimal.fullmatch(word)) is None:
        return word
    part = found[2].rstrip("0")
    return f"{found[1]}.{part}{found[3]}" if part else f"{found[1]}{found[3]}"


def brand_key(brand: str) -> str:
    """Give the form in which brands are compared: letters and digits only."""
    return "".join(filter(str.isalnum, folded(brand)))


def keys(product: Facts, *, part_key: str) -> set[tuple[Kind, str]]:
    """Give the keys by which a product meets others; `part_key` is its part number normalised."""
    brand = brand_key(product.brand)
    found: set[tuple[Kind, str]] = {("gtin", one) for one in product.gtins}
    if brand and len(part_key) >= KEY_LENGTH_MIN:
        found.add(("part_number", f"{brand}|{part_key}"))
    telling = sorted(set(words(product.title)) - set(words(product.brand)))
    if brand and len(telling) >= TITLE_WORDS_MIN:
        found.add(("title", f"{brand}|{' '.join(telling)}"[:TITLE_KEY_LENGTH_MAX]))
    return found


def pairs(group: Sequence[Facts]) -> list[tuple[Facts, Facts]]:
    """Give the pairs of a group that met in one key: all, or each with the first where they are many."""
    ordered = sorted(group, key=lambda one: one.id)
    if len(ordered) > ALL_PAIRS_MAX:
        return [(ordered[0], other) for other in ordered[1:]]
    return [(low, high) for at, low in enumerate(ordered) for high in ordered[at + 1 :]]


def weigh(low: Facts, high: Facts, *, kind: Kind) -> Found:
    """Hold two products against each other: 0 to 100, the sum of the pieces of evidence.

    A pair is sure where a GTIN and the brand are the same: a GTIN is given to one article (GS1 General Specifications 4.2), and mistyped ones
    rarely meet within a brand.
    """
    pieces = [*_names(low, high, kind), *_sizes(low, high), *_attributes(low.attributes, high.attributes)]
    is_brand = brand_key(low.brand) != "" and brand_key(low.brand) == brand_key(high.brand)
    is_sure = bool(low.gtins & high.gtins) and is_brand and low.unit_code == high.unit_code
    score = 100 if is_sure else max(0, min(99, sum(piece.points for piece in pieces)))
    return Found(low_id=low.id, high_id=high.id, kind=kind, score=score, pattern=pattern(pieces), evidence=tuple(pieces), is_sure=is_sure)


def pattern(pieces: Iterable[Piece]) -> str:
    """Name what agrees and what does not, so that pairs that look alike are found together; attributes count by their kind, not one by one."""
    signs = {"agree": "+", "differ": "-"}
    found = {
        (signs[one.verdict], _kind_of(one.field)) for one in pieces if one.verdict in signs and not (one.verdict == "agree" and "." in one.field)
    }
    return " ".join(f"{sign}{name}" for sign, name in sorted(found))


def _kind_of(field: str) -> str:
    if not field.startswith("attributes."):
        return field
    name = field.removeprefix("attributes.")
    return "pack" if _pack.search(name) else "colour" if _colour.search(name) else "attributes"


def _names(low: Facts, high: Facts, kind: Kind) -> list[Piece]:
    found = []
    common = low.gtins & high.gtins
    if common:
        found.append(Piece("gtin", "agree", min(common), min(common), BASE["gtin"]))
    elif low.gtins and high.gtins:
        found.append(Piece("gtin", "differ", min(low.gtins), min(high.gtins), OTHER_GTIN))
    elif low.gtins or high.gtins:
        found.append(Piece("gtin", "only_one", min(low.gtins, default=""), min(high.gtins, default=""), 0))
    low_brand, high_brand = brand_key(low.brand), brand_key(high.brand)
    if low_brand and high_brand:
        is_same = low_brand == high_brand
        found.append(Piece("brand", "agree" if is_same else "differ", low.brand, high.brand, SAME_BRAND if is_same else OTHER_BRAND))
    if kind == "part_number":
        found.append(Piece("part_number", "agree", low.part_number, high.part_number, BASE[kind] - SAME_BRAND))
    elif low.part_number and high.part_number:
        is_same = brand_key(low.part_number) == brand_key(high.part_number)
        found.append(Piece("part_number", "agree" if is_same else "differ", low.part_number, high.part_number, SAME_PART_NUMBER if is_same else -10))
    if kind == "title":
        found.append(Piece("words", "agree", "", "", BASE[kind]))
    return [*found, *_titles(low.title, high.title)]


def _titles(low: str, high: str) -> list[Piece]:
    """Say how near two titles are: by common words, by the numbers in them and by their colours."""
    mine, others = set(words(low)), set(words(high))
    found = []
    if mine == others:
        found.append(Piece("title", "agree", low, high, SAME_TITLE))
    else:
        share = len(mine & others) / max(1, len(mine | others))
        found.append(Piece("title", "differ", low, high, round(SAME_TITLE * (share - 0.5))))
    numbers = ({word for word in mine if word[0].isdigit()}, {word for word in others if word[0].isdigit()})
    if numbers[0] - numbers[1] and numbers[1] - numbers[0]:
        found.append(Piece("numbers", "differ", _told(numbers[0] - numbers[1]), _told(numbers[1] - numbers[0]), OTHER_NUMBERS))
    colours = (mine & COLOURS, others & COLOURS)
    if colours[0] - colours[1] and colours[1] - colours[0]:
        found.append(Piece("colour", "differ", _told(colours[0]), _told(colours[1]), OTHER_COLOUR))
    return found


def _told(found: set[str]) -> str:
    return ", ".join(sorted(found))[:SHOWN_MAX]


def _sizes(low: Facts, high: Facts) -> list[Piece]:
    found = []
    if low.unit_code != high.unit_code:
        found.append(Piece("unit_code", "differ", low.unit_code, high.unit_code, OTHER_UNIT))
    if low.category_id and high.category_id and low.category_id != high.category_id:
        found.append(Piece("category", "differ", str(low.category_id), str(high.category_id), OTHER_CATEGORY))
    if low.weight_grams and high.weight_grams:
        lighter, heavier = sorted((low.weight_grams, high.weight_grams))
        is_near = (heavier - lighter) * 100 <= WEIGHT_SLACK_PERCENT * heavier
        weights = (str(low.weight_grams), str(high.weight_grams))
        found.append(Piece("weight_grams", "agree" if is_near else "differ", *weights, SAME_WEIGHT if is_near else OTHER_WEIGHT))
    return found


def _attributes(low: dict[str, AttributeValue], high: dict[str, AttributeValue]) -> list[Piece]:
    """Hold the attributes that both have against each other. A pack or a colour weighs by itself, the others together at most 48 points."""
    found, left = [], OTHER_ATTRIBUTES_MAX
    for key in sorted(low.keys() & high.keys()):
        verdict: Verdict = "agree" if _is_same(low[key], high[key]) else "differ"
        points = 0
        if verdict == "differ" and _pack.search(key):
            points = OTHER_PACK
        elif verdict == "differ" and _colour.search(key):
            points = OTHER_COLOUR
        elif verdict == "differ":
            points = max(OTHER_ATTRIBUTE, left)
            left -= points
        found.append(Piece(f"attributes.{key}", verdict, str(low[key])[:SHOWN_MAX], str(high[key])[:SHOWN_MAX], points))
    agreeing = sum(piece.verdict == "agree" for piece in found)
    if agreeing:
        found.append(Piece("attributes", "agree", str(agreeing), str(len(found)), min(10, agreeing)))
    return found


def _is_same(one: AttributeValue, other: AttributeValue) -> bool:
    return folded(one).strip() == folded(other).strip() if isinstance(one, str) and isinstance(other, str) else one == other


def kept_of(low: UUID, high: UUID, weights: Mapping[UUID, tuple[int, int]]) -> UUID:
    """Choose which of two is kept: the one that weighs more, else the lower id."""
    return high if weights[high] > weights[low] else low
