"""Owns the SQL of product types; public tables, so no organisation scopes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.catalogue.types.schemas import ProductType
from marketplace.kernel.database import connection

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from asyncpg import Record

# A phrase names a kind of thing when enough products of more than one brand begin with it. A beginning that nearly always goes on alike ("networking"
# of "networking cable") is half a name, unless enough names end with it ("toner").
LEARN = """
INSERT INTO catalogue.product_types (phrase, products, brands, learned_at)
WITH found AS (SELECT array_to_string((string_to_array(p.head, ' '))[1:n.size], ' ') AS phrase, count(*) AS products, count(DISTINCT p.brand) AS brands
    FROM catalogue.products p CROSS JOIN LATERAL generate_series(1, least(cardinality(string_to_array(p.head, ' ')), $4)) AS n (size)
    WHERE p.state = 'published' AND p.head <> '' GROUP BY 1 HAVING count(*) >= $1 AND count(DISTINCT p.brand) >= $2),
  ends AS (SELECT (string_to_array(p.name_tail, ' '))[cardinality(string_to_array(p.name_tail, ' '))] AS word, count(*) AS products FROM catalogue.products p
    WHERE p.state = 'published' AND p.name_tail <> '' GROUP BY 1 HAVING count(*) >= $5 AND count(DISTINCT p.brand) >= $2)
SELECT f.phrase, f.products, f.brands, $3 FROM found f
WHERE NOT EXISTS (SELECT FROM found l WHERE l.phrase LIKE f.phrase || ' %' AND l.products >= 0.8 * f.products) OR f.phrase IN (SELECT word FROM ends)
"""

FOLLOWERS = """
INSERT INTO catalogue.type_followers (word, types)
SELECT f.word, count(DISTINCT f.phrase) FROM (
  SELECT DISTINCT ON (p.id) t.phrase, (string_to_array(p.head, ' '))[n.size + 1] AS word FROM catalogue.products p
    CROSS JOIN LATERAL generate_series(1, least(cardinality(string_to_array(p.head, ' ')), $1)) AS n (size)
    JOIN catalogue.product_types t ON t.phrase = array_to_string((string_to_array(p.head, ' '))[1:n.size], ' ')
    WHERE p.state = 'published' AND p.head <> '' ORDER BY p.id, n.size DESC) f
WHERE f.word IS NOT NULL GROUP BY f.word HAVING count(DISTINCT f.phrase) >= $2
"""


async def lock() -> None:
    """Let one learner at a time work, until the transaction ends."""
    await connection().execute("SELECT pg_advisory_xact_lock(hashtextextended('catalogue.types', 0))")


async def without_words(*, limit: int) -> list[Record]:
    """Read (id, title, brand, part_number) of products whose titles were not read yet."""
    found: list[Record] = await connection().fetch(
        "SELECT id, title, brand, part_number FROM catalogue.products WHERE head IS NULL ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED", limit
    )
    return found


async def set_words(rows: Sequence[tuple[UUID, str, str]]) -> None:
    """Write (id, head, name_tail) of products."""
    await connection().execute(
        "UPDATE catalogue.products p SET head = n.head, name_tail = n.tail FROM unnest($1::uuid[], $2::text[], $3::text[]) AS n (id, head, tail) WHERE p.id = n.id",
        *(list(column) for column in zip(*rows, strict=True)),
    )


async def learn(*, products: int, brands: int, words: int, ends: int, now: datetime) -> None:
    """Write the phrases of at most `words` words that so many products of so many brands begin with, in place of those before.

    A phrase that is nearly always the beginning of a longer one stays only if `ends` names end with it.
    """
    await connection().execute("DELETE FROM catalogue.product_types")
    await connection().execute(LEARN, products, brands, now, words, ends)


async def phrases() -> list[str]:
    """Read every learned phrase."""
    return [row[0] for row in await connection().fetch("SELECT phrase FROM catalogue.product_types")]


async def learn_followers(*, types: int, words: int) -> None:
    """Write the words that go on behind at least so many types, in place of those before."""
    await connection().execute("DELETE FROM catalogue.type_followers")
    await connection().execute(FOLLOWERS, words, types)


async def followers() -> list[str]:
    """Read the words that go on behind several types."""
    return [row[0] for row in await connection().fetch("SELECT word FROM catalogue.type_followers")]


async def types(*, limit: int) -> list[ProductType]:
    """Read the learned types, those of the most products first."""
    rows = await connection().fetch("SELECT phrase, products, brands FROM catalogue.product_types ORDER BY products DESC, phrase LIMIT $1", limit)
    return [ProductType(*row) for row in rows]


async def words_after(last: UUID, *, limit: int) -> list[Record]:
    """Read (id, head, name_tail, type) of the next products in the order of their ids."""
    found: list[Record] = await connection().fetch(
        "SELECT id, coalesce(head, '') AS head, coalesce(name_tail, '') AS name_tail, type FROM catalogue.products WHERE id > $1 ORDER BY id LIMIT $2",
        last,
        limit,
    )
    return found


async def set_types(ids: Sequence[UUID], kinds: Sequence[str | None]) -> None:
    """Write which type products bear, in the order of the ids."""
    await connection().execute(
        "UPDATE catalogue.products p SET type = n.type FROM (SELECT * FROM unnest($1::uuid[], $2::text[]) AS m (id, type) ORDER BY id) n WHERE p.id = n.id",
        ids,
        kinds,
    )
