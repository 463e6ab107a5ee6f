"""Owns the SQL of exchange rates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel.database import connection
from marketplace.kernel.fx.schemas import Rate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID

INSERT = """
INSERT INTO kernel.fx_rates (id, base, quote, rate, provider, as_of, is_fixed)
SELECT u.id, u.base, u.quote, u.rate, $5, $6, $7 FROM unnest($1::uuid[], $2::text[], $3::text[], $4::numeric[]) AS u (id, base, quote, rate)
ON CONFLICT (base, quote, as_of, provider) DO NOTHING RETURNING 1
"""


async def latest(now: datetime) -> dict[tuple[str, str], Rate]:
    """Give the latest rate of each pair as of a moment."""
    rows = await connection().fetch(
        "SELECT DISTINCT ON (base, quote) base, quote, rate, provider, as_of, is_fixed FROM kernel.fx_rates WHERE as_of <= $1 "
        "ORDER BY base, quote, as_of DESC, id DESC",
        now,
    )
    return {
        (row["base"], row["quote"]): Rate(rate=row["rate"], provider=row["provider"], as_of=row["as_of"], is_fixed=row["is_fixed"]) for row in rows
    }


async def insert(rows: Sequence[tuple[UUID, str, str, Decimal]], *, provider: str, as_of: datetime, is_fixed: bool) -> int:
    """Append rates of one provider and moment; a pair that stands already is passed over. Give how many were new."""
    return len(await connection().fetch(INSERT, *zip(*rows, strict=True), provider, as_of, is_fixed))
