"""Owns writing files: a supplier's own offers in the columns that the feed takes back, the empty file to begin with, and a run's report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel import table_files
from marketplace.kernel.database import reading
from vendors.exports import queries, rules
from vendors.imports import service as imports

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime
    from pathlib import Path
    from uuid import UUID

    from marketplace.kernel.actor import Actor
    from marketplace.kernel.spreadsheet import Cell

BATCH = 2000
WIDTHS = (8, 22, 38, 16, 16, 20)
TYPES, attachment = table_files.TYPES, table_files.attachment


async def own_offers(kind: str, *, actor: Actor, now: datetime) -> AsyncIterator[bytes]:
    """Write the acting supplier's offers that are not retired as a file of this kind (csv, xlsx, jsonl), piece by piece.

    The file can be sent back as it is and then changes nothing. Raises: NotFound for who does not sell.
    """
    supplier_id = actor.own_organisation("supplier")
    async with reading():
        head = rules.head(await queries.most_tiers(supplier_id))
    return table_files.written(kind, _rows(head, supplier_id, now), sheet="Offers", head=head, json_lines=rules.json_lines, widths=WIDTHS)


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
    return table_files.written(
        kind,
        _report_rows(run_id, actor, now, errors_alone=errors_alone),
        sheet="Report",
        head=rules.REPORT,
        json_lines=rules.json_lines,
        widths=WIDTHS,
    )


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
    return b"".join(
        [
            piece
            async for piece in table_files.written(
                kind, _once(rules.example_rows()), sheet="Offers", head=rules.head(2), json_lines=rules.json_lines, widths=WIDTHS
            )
        ]
    )


async def _once(rows: list[list[Cell]]) -> AsyncIterator[list[list[Cell]]]:
    yield rows
