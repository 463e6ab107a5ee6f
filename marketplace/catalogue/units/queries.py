"""Owns the SQL of units."""

import msgspec

from marketplace.catalogue.units.schemas import Unit
from marketplace.kernel.database import connection


async def all_units() -> list[Unit]:
    """Read every unit in its order of display."""
    rows = await connection().fetch("SELECT code, decimals, symbol, names FROM catalogue.units ORDER BY position, code")
    return [Unit(row[0], row[1], row[2], msgspec.json.decode(row[3], type=dict[str, str])) for row in rows]
