"""Owns the pure rules of logistics: what a usable freight table is, and how postal codes are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from services_addons.logistics.errors import BadFreightTable

if TYPE_CHECKING:
    from services_addons.logistics.schemas import NewFreightTable


def postal_key(postal_code: str) -> str:
    """Give a postal code as prefixes are compared: ASCII capitals and digits only."""
    return "".join(character for character in postal_code.upper() if character.isascii() and character.isalnum())


def checked_table(table: NewFreightTable) -> NewFreightTable:
    """Give the table with its prefixes as they are compared, when each zone has an area and ascending rates and no area stands twice.

    Raises: BadFreightTable.
    """
    seen: set[tuple[str, str]] = set()
    zones = []
    for zone in table.zones:
        areas = tuple((country, postal_key(prefix)) for country, prefix in zone.areas)
        bounds = [grams for grams, _ in zone.rates]
        if not areas or not bounds or bounds != sorted(set(bounds)) or seen.intersection(areas) or len(set(areas)) != len(areas):
            raise BadFreightTable(zone=zone.code)
        seen.update(areas)
        zones.append(replace(zone, areas=areas))
    return replace(table, zones=tuple(zones))
