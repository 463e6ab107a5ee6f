"""Owns writing files: a supplier's own offers in the columns that the feed takes back, the empty file to begin with, and a run's report."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from marketplace.kernel import spreadsheet
from marketplace.kernel.database import reading
from vendors.exports import queries, rules
from vendors.imports import service as imports

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from marketplace.kernel.actor import Actor
    from marketplace.kernel.spreadsheet import Cell

BATCH = 2000
CHUNK_BYTES = 1 << 18
WIDTHS = (8, 22, 38, 16, 16, 20)
# The server adds the letters of a text by itself.
TYPES = {"csv": "text/csv", "xlsx": spreadsheet.XLSX_TYPE, "jsonl": "application/x-ndjson"}


def attachment(name: str) -> dict[str, str]:
    """Give the header by which a browser keeps an answer as a file of this name, which is ours and never one that was sent."""
    return {"content-disposition": f'attachment; filename="{name}"'}


async def own_offers(kind: str, *, actor: Actor, now: datetime) -> AsyncIterator[bytes]:
    """Write the acting supplier's offers that are not retired as a file of this kind (csv, xlsx, jsonl), piece by piece.

    The file can be sent back as it is and then changes nothing. Raises: NotFound for who does not sell.
    """
    supplier_id = actor.own_organisation("supplier")
    async with reading():
        head = rules.head(await queries.most_tiers(supplier_id))
    return _written(kind, _rows(head, supplier_id, now), sheet="Offers", head=head)


async def _rows(head: Sequence[str], supplier_id: UUID, now: datetime) -> AsyncIterator[list[list[Cell]]]:
    after: UUID | None = None
    while True:
        async with reading():
            found = await queries.offers(supplier_id, after=after, limit=BATCH, now=now)
        yield [rules.offer_row(one, head) for one in found]
        if len(found) < BATCH:
            return
        after = found[-1]["id"]


async def report(run_id: UUID, kind: str, *, errors_alone: bool = False, actor: Actor, now: datetime) -> AsyncIterator[bytes]:
    """Write what came of every row of a run as a file of this kind (csv, xlsx), or of the rows with errors alone. Raises: NotFound."""
    await imports.my_run(run_id, actor=actor)
    return _written(kind, _report_rows(run_id, actor, now, errors_alone=errors_alone), sheet="Report", head=rules.REPORT)


async def _report_rows(run_id: UUID, actor: Actor, now: datetime, *, errors_alone: bool) -> AsyncIterator[list[list[Cell]]]:
    async for rows in imports.report(run_id, kinds=("error",) if errors_alone else imports.KINDS, actor=actor, now=now):
        yield [line for row in rows for line in rules.report_lines(row)]


async def write_report(run_id: UUID, place: Path, *, actor: Actor, now: datetime) -> None:
    """Write a run's report to a file of this machine; its name tells the kind."""
    kind = "xlsx" if place.suffix == ".xlsx" else "csv"
    with place.open("wb") as opened:
        async for piece in await report(run_id, kind, actor=actor, now=now):
            opened.write(piece)


async def template(kind: str) -> bytes:
    """Write the empty file to begin with: every column, and two rows that show how to fill them."""
    return b"".join([piece async for piece in _written(kind, _once(rules.example_rows()), sheet="Offers", head=rules.head(2))])


async def _once(rows: list[list[Cell]]) -> AsyncIterator[list[list[Cell]]]:
    yield rows


async def _written(kind: str, batches: AsyncIterator[list[list[Cell]]], *, sheet: str, head: Sequence[str]) -> AsyncIterator[bytes]:
    if kind == "xlsx":
        async for piece in _workbook(batches, sheet=sheet, head=head):
            yield piece
        return
    if kind == "csv":
        # Spreadsheets take a file without the mark for one in the letters of their own system.
        yield (spreadsheet.BOM + spreadsheet.csv_lines([head])).encode()
    async for batch in batches:
        if batch:
            yield (spreadsheet.csv_lines(batch) if kind == "csv" else rules.json_lines(head, batch)).encode()


async def _workbook(batches: AsyncIterator[list[list[Cell]]], *, sheet: str, head: Sequence[str]) -> AsyncIterator[bytes]:
    """Collect the rows, write the workbook in a thread into a file of its own, and give it piece by piece."""
    rows: list[list[Cell]] = [list(head)]
    async for batch in batches:
        rows += batch
    with tempfile.TemporaryDirectory(prefix="marketplace-export-") as folder:
        place = Path(folder) / "offers.xlsx"
        await asyncio.to_thread(_write, place, sheet, rows)
        with place.open("rb") as opened:
            while piece := opened.read(CHUNK_BYTES):
                yield piece


def _write(place: Path, sheet: str, rows: Iterable[Sequence[Cell]]) -> None:
    spreadsheet.write_xlsx(place, sheet=sheet, rows=rows, widths=WIDTHS)
