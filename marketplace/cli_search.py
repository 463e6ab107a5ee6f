"""Owns asking many queries at once from the command line."""

from __future__ import annotations

import csv
import io
import statistics
import time
from typing import TYPE_CHECKING

import click
import msgspec

from marketplace.kernel import database

if TYPE_CHECKING:
    from pathlib import Path

    from marketplace.kernel.settings import Settings


class Told(msgspec.Struct, frozen=True):
    """What came of a run: how many texts were asked, rows written and texts without an answer, and the time of one as seen from here."""

    queries: int
    rows: int
    empty: int
    median_ms: float
    p95_ms: float


def read_queries(file: Path) -> list[str]:
    """Read the texts of the column `query`, each once, in the order of the file. Raises: ClickException when there is no such column."""
    try:
        rows = csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig")))
        if "query" not in (rows.fieldnames or ()):
            raise click.ClickException(f"{file.name} has no column named query.")
        return list(dict.fromkeys(row["query"] for row in rows if row["query"] and row["query"].strip()))
    except (UnicodeDecodeError, csv.Error) as error:
        raise click.ClickException(f"{file.name} cannot be read as CSV in UTF-8: {error}.") from None


async def run_queries(settings: Settings, file: Path, *, top: int, out: Path) -> Told:
    """Ask each query of a file as an anonymous visitor does, and write query, rank, docid and score as CSV."""
    from marketplace.app import assemble
    from marketplace.catalogue.products.service import source_ids
    from marketplace.trade.search.service import ranked

    texts = read_queries(file)
    assemble(settings)
    await database.open_pool(settings, statement_timeout_ms=settings.worker_statement_timeout_ms)
    rows, empty, times = 0, 0, []
    try:
        with out.open("w", encoding="utf-8", newline="") as opened:
            writer = csv.writer(opened)
            writer.writerow(("query", "rank", "docid", "score"))
            for text in texts:
                began = time.perf_counter()
                found = await ranked(text, limit=top)
                times.append((time.perf_counter() - began) * 1000)
                names = await source_ids(found.ids)
                writer.writerows((text, rank, names[one], score) for rank, (one, score) in enumerate(zip(found.ids, found.scores, strict=True), 1))
                rows, empty = rows + len(found.ids), empty + (not found.ids)
    finally:
        await database.close_pool()
    ordered = sorted(times) or [0.0]
    return Told(len(texts), rows, empty, round(statistics.median(ordered), 2), round(ordered[int(0.95 * (len(ordered) - 1))], 2))
