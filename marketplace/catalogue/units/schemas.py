"""Owns the shapes of units."""

import msgspec


class Unit(msgspec.Struct, frozen=True):
    """A unit of measure: UN/ECE Recommendation 20 code (packs by Recommendation 21, with X), decimals 0-3 of a quantity, names per locale."""

    code: str
    decimals: int
    symbol: str
    names: dict[str, str]

    def name(self, locale: str) -> str:
        """Give the unit's name in a locale, in English where it has none."""
        return self.names.get(locale) or self.names.get(locale.partition("-")[0]) or self.names["en"]
