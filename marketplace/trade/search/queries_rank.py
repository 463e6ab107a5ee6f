"""Owns the SQL that ranks products by their words; public texts, so no organisation scopes them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import asyncpg
import msgspec

from marketplace.kernel.database import connection
from marketplace.kernel.errors import QueryTooBroad
from marketplace.trade.search import rules_terms
from marketplace.trade.search.rules_terms import Kept, Synonym

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from marketplace.trade.search.rules_terms import Group

CANDIDATES_MAX = 5000
# What of its score a document keeps however little of the query it covers, and what it gains when its type is what is asked for: in a query the last
# word says the thing, as the last word of a type does, so that a case for notebooks gains nothing from "notebook". A query that names nothing but the
# type weighs it most: of all that says "notebook" the notebooks are meant.
COVERED, TYPE_GAIN, ALL_TYPE_GAIN = 0.3, 0.3, 1.0
IN_CATEGORY = "($1::uuid IS NULL OR d.category_id IN (SELECT e.category_id FROM catalogue.category_descendants e WHERE e.ancestor_id = $1))"
FIXED = 6
LEXEMES = "SELECT trade.lexemes(w.word) FROM unnest($1::text[]) WITH ORDINALITY AS w (word, place) ORDER BY w.place"
COUNTS = "SELECT lexeme, documents FROM trade.search_words WHERE lexeme = ANY ($1)"
# Written words are compared, because stems of few letters ("bear" of "bearing", "beer" of "beering") share hardly any three of them. Counted instead of
# asked for one: for one that may come early PostgreSQL reads a million documents, and it comes nowhere.
NEAR = """SELECT w.lexeme, w.word, w.documents, trade.fold($1) AS typed FROM trade.search_words w
  WHERE w.word % trade.fold($1) AND abs(length(w.word) - length(trade.fold($1))) <= 2
    AND (SELECT count(*) FROM trade.search_documents d WHERE d.tsv @@ $2::text::tsquery) = 0
  ORDER BY similarity(w.word, trade.fold($1)) DESC, w.documents DESC, w.lexeme LIMIT 50"""
KEPT = "SELECT kind, from_lexemes, to_lexemes, is_both_ways FROM trade.search_synonyms WHERE is_active AND locale = ANY ($1) ORDER BY changed_at, id"


class Words(msgspec.Struct, frozen=True):
    """What is known of the words of a query: in how many documents each comes, and how many documents there are."""

    counts: dict[str, int]
    total: int


async def lexemes(words: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Give each word with the lexemes it is compared by, in their order."""
    rows = await connection().fetch(LEXEMES, words)
    return [(word, row[0]) for word, row in zip(words, rows, strict=True)]


async def words(wanted: Sequence[str]) -> Words:
    """Count in how many documents words come; those that come in none are left out."""
    counts = {row[0]: row[1] for row in await connection().fetch(COUNTS, ["", *wanted])}
    return Words(counts, counts.pop("", 0))


async def nearest(lexeme: str, typed: str) -> tuple[str, str] | None:
    """Give the (lexeme, written word) that a typed word, whose lexeme comes nowhere, is nearest to, None when none is near.

    A word that came since the words were counted is no mistake.
    """
    rows = await connection().fetch(NEAR, typed, rules_terms.quoted(lexeme))
    words = {row["word"]: (row["lexeme"], row["documents"]) for row in rows}
    best = rules_terms.nearest(rows[0]["typed"], {word: documents for word, (_, documents) in words.items()}) if rows else None
    return None if best is None else (words[best][0], best)


async def kept(locale: str) -> Kept:
    """Read the rules of words in use for a reader's language, in the order in which they were changed."""
    rows = await connection().fetch(KEPT, ["", locale, locale.partition("-")[0]])
    return Kept(
        tuple(Synonym(tuple(row[1]), tuple(row[2]), row[3]) for row in rows if row[0] in {"synonym", "compound"}),
        frozenset(word for row in rows if row[0] == "whole" for word in row[1]),
        frozenset(word for row in rows if row[0] == "type" for word in row[1]),
    )


@cache
def _statement(shape: tuple[tuple[int, ...], ...], *, filtered: bool) -> str:
    """Write the ranking of a query of this shape: for each group, of how many lexemes each alternative consists.

    Parameters: $1 category, $2 every word, $3 some words, $4 how telling each group is, $5 what may stand for the last, $6 limit, then the lexemes one by one,
    then the words of each group, then the query as it was typed where it has phrases or excluded words.
    """
    at = FIXED
    scores: list[str] = []
    for group in shape:
        alternatives = []
        for size in group:
            parts = [f"coalesce(d.impacts[array_position(d.lexemes, ${at + one})], 0)" for one in range(1, size + 1)]
            alternatives.append(parts[0] if size == 1 else f"least({', '.join(parts)})")
            at += size
        scores.append(alternatives[0] if len(alternatives) == 1 else f"greatest({', '.join(alternatives)})")
    places = range(1, len(shape) + 1)
    total = " + ".join(f"($4::float8[])[{place}]" for place in places)
    summed = " + ".join(f"($4::float8[])[{place}] * s.g{place}" for place in places)
    covered = " + ".join(f"CASE WHEN s.g{place} > 0 THEN ($4::float8[])[{place}] ELSE 0 END" for place in places)
    typed = " + ".join(f"(d.kind && ${at + place}::text[])::int" for place in places)
    kept = f"AND d.tsv @@ websearch_to_tsquery('trade.words', trade.fold(${at + len(shape) + 1}))" if filtered else ""
    return f"""WITH c AS MATERIALIZED (
    (SELECT d.product_id, d.lexemes, d.impacts, d.kind FROM trade.search_documents d WHERE d.tsv @@ $2::text::tsquery {kept} AND {IN_CATEGORY} LIMIT {CANDIDATES_MAX})
    UNION ALL
    (SELECT d.product_id, d.lexemes, d.impacts, d.kind FROM trade.search_documents d
      WHERE $3::text <> '' AND d.tsv @@ nullif($3::text, '')::tsquery AND NOT d.tsv @@ $2::text::tsquery {kept} AND {IN_CATEGORY} LIMIT {CANDIDATES_MAX}))
  SELECT d.product_id, round((({summed}) * ({1 - COVERED} * ({covered}) / ({total}) + {COVERED}) * (1 + CASE WHEN d.kind[cardinality(d.kind)] = ANY ($5::text[])
      THEN CASE WHEN ({typed}) = {len(shape)} THEN {ALL_TYPE_GAIN} ELSE {TYPE_GAIN} * ({typed}) / {len(shape)} END ELSE 0 END))::numeric, 3)::float8 AS score
  FROM c d CROSS JOIN LATERAL (SELECT {", ".join(f"{score} AS g{place}" for place, score in enumerate(scores, 1))} OFFSET 0) s
  ORDER BY score DESC, d.product_id LIMIT $6"""


AMONG = """SELECT d.product_id FROM trade.search_documents d WHERE d.product_id = ANY ($1::uuid[])
  AND (d.keys && $2::text[] OR $3::text <> '' AND d.tsv @@ nullif($3, '')::tsquery
    AND ($4::text = '' OR d.tsv @@ websearch_to_tsquery('trade.words', trade.fold($4))))"""


async def among(ids: Sequence[UUID], keys: Sequence[str], *, every: str, text: str) -> list[UUID]:
    """Tell which of these products carry one of the identifiers, or have every word of a query; in no order.

    `text` is as for `ranked`. Raises: QueryTooBroad when it takes longer than it may.
    """
    try:
        return [row[0] for row in await connection().fetch(AMONG, ids, keys, every, text)]
    except asyncpg.QueryCanceledError:
        raise QueryTooBroad from None


async def ranked(
    found: Sequence[Group], *, candidates: tuple[str, str], text: str, category_id: UUID | None, limit: int, typeless: frozenset[str] = frozenset()
) -> list[tuple[UUID, float]]:
    """Rank the products that have every word of a query, or some of the telling ones, with their scores: at most 5,000 of each are looked at.

    `candidates` are both as tsqueries, `text` is the query as typed where it has phrases or excluded words, else ""; `typeless` are words that say of nothing what it is.
    Raises: QueryTooBroad when it takes longer than it may.
    """
    shape = tuple(tuple(len(words) for words in group.alternatives) for group in found)
    flat = [word for group in found for words in group.alternatives for word in words]
    of_group = [[word for words in group.alternatives for word in words] for group in found]
    arguments: list[object] = [
        category_id,
        *candidates,
        [group.telling for group in found],
        [one for one in of_group[-1] if one not in typeless],
        limit,
        *flat,
        *of_group,
    ]
    if text:
        arguments.append(text)
    try:
        return [(row[0], row[1]) for row in await connection().fetch(_statement(shape, filtered=bool(text)), *arguments)]
    except asyncpg.QueryCanceledError:
        raise QueryTooBroad from None
