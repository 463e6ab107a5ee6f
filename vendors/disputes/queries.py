"""Owns the SQL of disputes, a supplier's always within its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel.database import connection
from vendors.disputes.schemas import DisputeOut

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from vendors.disputes.schemas import DisputeIn, Place

# Microseconds, forwards for what waits and backwards for what is over, so that one comparison of rows finds the next page.
RANK = "CASE WHEN d.state = 'open' THEN 1 ELSE -1 END * (extract(epoch FROM d.asked_at) * 1000000)::bigint"
# Without a supplier ($1) all are read, which only the operator may.
DISPUTES = """SELECT d.id, d.supplier_id, g.display_name AS supplier, d.offer_id, o.supplier_sku, d.product_id, p.title AS product_title,
  p.brand AS product_brand, p.part_number AS product_part_number, d.reason, d.title, d.brand, d.part_number, d.state, d.answer, d.asked_at, d.decided_at, d.new_product_id, d.version
  FROM vendors.match_disputes d JOIN kernel.organisations g ON g.id = d.supplier_id JOIN vendors.offers o ON o.supplier_id = d.supplier_id AND o.id = d.offer_id
  JOIN catalogue.products p ON p.id = d.product_id WHERE ($1::uuid IS NULL OR d.supplier_id = $1)"""


async def product_of(offer_id: UUID, *, supplier_id: UUID) -> UUID | None:
    """Lock a supplier's offer and read where it stands; None where it is not the supplier's or is none."""
    found: UUID | None = await connection().fetchval(
        "SELECT product_id FROM vendors.offers WHERE supplier_id = $1 AND id = $2 FOR NO KEY UPDATE", supplier_id, offer_id
    )
    return found


async def insert(dispute_id: UUID, data: DisputeIn, *, supplier_id: UUID, offer_id: UUID, product_id: UUID, actor: str, now: datetime) -> bool:
    """Write a dispute; tell whether none was open."""
    return bool(
        await connection().fetchval(
            """INSERT INTO vendors.match_disputes (id, supplier_id, offer_id, product_id, reason, title, brand, part_number, state, asked_by, asked_at, version)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'open', $9, $10, 1) ON CONFLICT (offer_id) WHERE state = 'open' DO NOTHING RETURNING true""",
            dispute_id, supplier_id, offer_id, product_id, data.reason, data.title, data.brand, data.part_number, actor, now,
        )
    )  # fmt: skip


async def dispute(dispute_id: UUID, *, supplier_id: UUID | None, is_locked: bool = False) -> DisputeOut | None:
    """Read a dispute, of a supplier or of any, and with `is_locked` let nobody else decide on it until the transaction ends."""
    row = await connection().fetchrow(f"{DISPUTES} AND d.id = $2{' FOR UPDATE OF d' if is_locked else ''}", supplier_id, dispute_id)
    return None if row is None else DisputeOut(**row)


async def disputes(*, supplier_id: UUID | None, offer_id: UUID | None = None, after: Place | None = None, limit: int) -> list[DisputeOut]:
    """Read disputes behind a place: those that wait first, the longest waiting before others, then those that are over, the newest first."""
    sql = f"""{DISPUTES} AND ($2::uuid IS NULL OR d.offer_id = $2)
      AND ($3::boolean IS NULL OR (d.state <> 'open', {RANK}, d.id) > ($3, $4::bigint, $5::uuid)) ORDER BY d.state <> 'open', {RANK}, d.id LIMIT $6"""
    return [DisputeOut(**row) for row in await connection().fetch(sql, supplier_id, offer_id, *(after or (None, None, None)), limit)]


async def count_open() -> int:
    """Count every supplier's disputes that wait."""
    return int(await connection().fetchval("SELECT count(*) FROM vendors.match_disputes WHERE state = 'open'"))


async def close(one: DisputeOut, *, state: str, answer: str, new_product_id: UUID | None, actor: str, now: datetime) -> None:
    """Write how a locked dispute ended."""
    await connection().execute(
        """UPDATE vendors.match_disputes SET state = $3, answer = $4, new_product_id = $5, decided_by = $6, decided_at = $7, version = version + 1
        WHERE supplier_id = $1 AND id = $2""",
        one.supplier_id, one.id, state, answer, new_product_id, actor, now,
    )  # fmt: skip
