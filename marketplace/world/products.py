"""Owns the demo market's products: every variant of every family, deterministic, with GTINs from the range kept for internal use."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import msgspec

from marketplace.world.families import FAMILIES, PIPE_MM, Family

if TYPE_CHECKING:
    from collections.abc import Iterator

BRANDS = (
    "Halden",
    "Orvik",
    "Tessaro",
    "Norvane",
    "Kestrel Works",
    "Amberlea",
    "Dunmark",
    "Solvane",
    "Rivetta",
    "Castorly",
    "Minami Seiki",
    "Lotus Steel",
)
ARABIC = 2
TWO_BRANDS = frozenset({0, 2, 3})
SERIES_OUTSIDE = {60: 1.65, 62: 2.0, 63: 2.35, 302: 2.0, 322: 2.05, 323: 2.3}
# ISO 15: from 20 mm on the bore code is the bore in fives; below it has codes of its own.
BORE_IN_FIVES = 20
SERIES_WIDTH = {60: 0.42, 62: 0.52, 63: 0.62, 302: 0.58, 322: 0.78, 323: 0.95}


class GeneratedProduct(msgspec.Struct, frozen=True, kw_only=True):
    """One product of the demo market. Prices are EUR cents, the level around which suppliers spread; weights are grams a unit."""

    source_id: str
    family: Family
    brand: str
    part_number: str
    gtin: str
    titles: tuple[str, str, str]
    descriptions: tuple[str, str, str]
    attributes: dict[str, Any]
    weight_grams: int | None
    price_eur_cents: int


def check_digit(digits: str) -> str:
    """Give the GS1 check digit (weights 3 and 1 from the right)."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def _variants(family: Family) -> Iterator[dict[str, Any]]:
    for values in itertools.product(*family.axes.values()):
        variant: dict[str, Any] = dict(zip(family.axes, values, strict=True))
        if "series" in variant:
            variant["outside"] = int(variant["bore"] * SERIES_OUTSIDE[variant["series"]] + 12)
            variant["width"] = int(variant["bore"] * SERIES_WIDTH[variant["series"]] * 0.6 + 6)
            variant["bore_code"] = (
                f"{variant['bore'] // 5:02d}" if variant["bore"] >= BORE_IN_FIVES else {10: "00", 12: "01", 15: "02", 17: "03"}[variant["bore"]]
            )
        if "pipe" in variant:
            variant["dn"] = PIPE_MM[variant["pipe"]]
            variant["thread"] = f'G {variant["pipe"]}"'
        if "d" in variant:
            variant["thread"] = f"M{variant['d']}"
        for key in ("material", "colour", "grade"):
            if key in variant:
                variant[f"{key}_code"] = "".join(word[:2] for word in str(variant[key]).replace(" ", "-").split("-")).upper()
        yield variant


# Latin units inside Arabic text would be read in the wrong order, and its comma is its own.
ARABIC_UNITS = {"mm": "مم", "m": "م", "bar": "بار", "A": "أمبير", "V": "فولت", "W": "واط", "l": "لتر"}
COMMAS = (", ", ", ", "، ")


def _measure(value: object, unit: str, language: int) -> str:
    return f"{value} {ARABIC_UNITS.get(unit, unit) if language == ARABIC else unit}".strip()


def _title(family: Family, part_number: str, variant: dict[str, Any], language: int) -> str:
    telling = [_measure(variant[item.key], item.unit, language) for item in family.attributes[:2] if item.unit or item.kind == "enum"]
    return COMMAS[language].join((f"{family.names[language]} {part_number}", *telling))


def _describe(family: Family, variant: dict[str, Any], brand: str) -> tuple[str, str, str]:
    facts = []
    for language in range(3):
        parts = [f"{item.labels[language].lower()} {_measure(variant[item.key], item.unit, language)}" for item in family.attributes]
        facts.append(COMMAS[language].join(parts))
    return (
        f"{family.names[0]} by {brand} for industrial use: {facts[0]}.",
        f"{family.names[1]} của {brand} dùng trong công nghiệp: {facts[1]}.",
        f"{family.names[2]} من {brand} للاستخدام الصناعي: {facts[2]}.",
    )


def generated_products() -> list[GeneratedProduct]:
    """Give every product of the demo market, always the same ones in the same order (about 2,000)."""
    made: list[GeneratedProduct] = []
    for place, family in enumerate(FAMILIES):
        copies = 2 if place % 5 in TWO_BRANDS else 1
        for number, variant in enumerate(itertools.chain.from_iterable(itertools.repeat(one, copies) for one in _variants(family))):
            brand = BRANDS[(place * 5 + number * 7 + number // 11) % len(BRANDS)]
            part_number = family.code.format(**variant).replace(" ", "").replace('"', "")
            digits = f"02{place:03d}{number:05d}{place % 7}{number % 9}1"
            has_weight = (place * 31 + number) % 23 != 0
            made.append(
                GeneratedProduct(
                    source_id=f"{family.slug}-{number}",
                    family=family,
                    brand=brand,
                    part_number=part_number,
                    gtin=digits + check_digit(digits),
                    titles=tuple(_title(family, part_number, variant, language) for language in range(3)),  # type: ignore[arg-type]
                    descriptions=_describe(family, variant, brand),
                    attributes={item.key: variant[item.key] for item in family.attributes},
                    weight_grams=max(1, round(family.weight_grams(variant))) if has_weight else None,
                    price_eur_cents=max(2, round(family.price_eur_cents(variant))),
                )
            )
    return made
