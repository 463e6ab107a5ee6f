"""Owns the SQL of products that were merged into others: where they lead, and what they lend the product that is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.catalogue.products.schemas import Key, LentText
from marketplace.kernel.database import connection

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID


async def moved(ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Read where those of these products that were merged lead."""
    rows = await connection().fetch("SELECT id, moved_to FROM catalogue.products WHERE id = ANY ($1) AND moved_to IS NOT NULL", ids)
    return {row[0]: row[1] for row in rows}


async def retire(gone_id: UUID, kept_id: UUID, *, now: datetime) -> None:
    """Retire a product in favour of another."""
    await connection().execute("UPDATE catalogue.products SET state = 'retired', moved_to = $2, updated_at = $3 WHERE id = $1", gone_id, kept_id, now)


async def repoint(gone_id: UUID, kept_id: UUID) -> list[UUID]:
    """Send on what was merged into the gone product before, so that no way is longer than one step; gives the ids."""
    rows = await connection().fetch("UPDATE catalogue.products SET moved_to = $2 WHERE moved_to = $1 RETURNING id", gone_id, kept_id)
    return sorted(row[0] for row in rows)


async def bring_back(gone_id: UUID, *, state: str, now: datetime) -> None:
    """Let a product stand for itself again."""
    await connection().execute("UPDATE catalogue.products SET state = $2, moved_to = NULL, updated_at = $3 WHERE id = $1", gone_id, state, now)


async def repoint_back(ids: Sequence[UUID], gone_id: UUID) -> None:
    """Let these lead to the product that is back, those of them that still lead elsewhere."""
    await connection().execute("UPDATE catalogue.products SET moved_to = $2 WHERE id = ANY ($1) AND moved_to IS NOT NULL", ids, gone_id)


async def lend(gone_id: UUID, kept_id: UUID) -> list[Key]:
    """Let the kept product be found by the keys of the gone one; gives those that it did not have."""
    rows = await connection().fetch(
        """INSERT INTO catalogue.product_identifiers (product_id, scheme, value)
        SELECT $2, i.scheme, i.value FROM catalogue.product_identifiers i WHERE i.product_id = $1 ON CONFLICT DO NOTHING RETURNING scheme, value""",
        gone_id,
        kept_id,
    )
    return [Key(*row) for row in sorted(map(tuple, rows))]


async def lend_keys(ids: Sequence[UUID]) -> None:
    """Let products be found by the keys of what was merged into them, of which a new reading of their source knows nothing."""
    await connection().execute(
        """INSERT INTO catalogue.product_identifiers (product_id, scheme, value)
        SELECT p.moved_to, i.scheme, i.value FROM catalogue.products p JOIN catalogue.product_identifiers i ON i.product_id = p.id
        WHERE p.moved_to IS NOT NULL AND (p.moved_to = ANY ($1) OR p.id = ANY ($1)) ON CONFLICT DO NOTHING""",
        ids,
    )


async def leading_to(ids: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """Read what was merged into these published products, with what it leads to, in the order of arrival."""
    rows = await connection().fetch(
        "SELECT g.id, k.id FROM catalogue.products g JOIN catalogue.products k ON k.id = g.moved_to "
        "WHERE g.moved_to IS NOT NULL AND g.moved_to = ANY ($1) AND k.state <> 'retired' ORDER BY g.id",
        ids,
    )
    return [(row[0], row[1]) for row in rows]


async def take_keys(keys: Iterable[Key], kept_id: UUID) -> None:
    """Let a product no longer be found by keys that were lent to it."""
    gone = list(keys)
    await connection().execute(
        "DELETE FROM catalogue.product_identifiers WHERE product_id = $1 AND (scheme, value) IN (SELECT * FROM unnest($2::text[], $3::text[]))",
        kept_id,
        [key.scheme for key in gone],
        [key.value for key in gone],
    )


async def lend_texts(gone_id: UUID, kept_id: UUID) -> list[LentText]:
    """Give the kept product the gone one's words in the languages that it has none in; gives them."""
    rows = await connection().fetch(
        """INSERT INTO catalogue.product_texts (product_id, locale, title, description)
        SELECT k.id, w.locale, w.title, w.description FROM catalogue.products k, catalogue.products g
        CROSS JOIN LATERAL (SELECT g.locale, g.title, g.description UNION ALL
          SELECT t.locale, t.title, t.description FROM catalogue.product_texts t WHERE t.product_id = g.id AND t.locale <> g.locale) w
        WHERE g.id = $1 AND k.id = $2 AND w.locale <> k.locale ON CONFLICT DO NOTHING RETURNING locale, title, description""",
        gone_id,
        kept_id,
    )
    return [LentText(*row) for row in sorted(map(tuple, rows))]


async def take_texts(texts: Sequence[LentText], kept_id: UUID) -> None:
    """Take back words that were lent and that nobody has changed since."""
    await connection().execute(
        "DELETE FROM catalogue.product_texts t USING unnest($2::text[], $3::text[], $4::text[]) AS l (locale, title, description) "
        "WHERE t.product_id = $1 AND t.locale = l.locale AND t.title = l.title AND t.description = l.description",
        kept_id,
        [text.locale for text in texts],
        [text.title for text in texts],
        [text.description for text in texts],
    )
