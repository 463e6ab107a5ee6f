"""Owns writing tables that come in batches as files, piece by piece and in constant memory: CSV, workbooks, JSON lines."""

from __future__ import annotations

import asyncio
import queue
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from marketplace.kernel import spreadsheet

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from marketplace.kernel.spreadsheet import Cell

    Rows = list[list[Cell]]

CHUNK_BYTES = 1 << 18
BATCHES_AHEAD = 4
# The server adds the letters of a text by itself.
TYPES = {"csv": "text/csv", "xlsx": spreadsheet.XLSX_TYPE, "jsonl": "application/x-ndjson"}


def attachment(name: str) -> dict[str, str]:
    """Give the header by which a browser keeps an answer as a file of this name, which is ours and never one that was sent."""
    return {"content-disposition": f'attachment; filename="{name}"'}


async def written(
    kind: str,
    batches: AsyncIterator[Rows],
    *,
    sheet: str,
    head: Sequence[str],
    json_lines: Callable[[Sequence[str], Rows], str] | None = None,
    widths: Sequence[int] = (),
) -> AsyncIterator[bytes]:
    """Write rows under a head as a file of a kind (csv, xlsx; jsonl where `json_lines` says how), piece by piece."""
    if kind == "xlsx":
        async for piece in _workbook(batches, sheet=sheet, head=head, widths=widths):
            yield piece
        return
    if kind == "csv":
        # Spreadsheets take a file without the mark for one in the letters of their own system.
        yield (spreadsheet.BOM + spreadsheet.csv_lines([head])).encode()
    assert kind == "csv" or json_lines is not None, "JSON lines are written by whoever knows their names"
    async for batch in batches:
        if batch:
            yield (json_lines(head, batch) if kind == "jsonl" and json_lines is not None else spreadsheet.csv_lines(batch)).encode()


async def _workbook(batches: AsyncIterator[Rows], *, sheet: str, head: Sequence[str], widths: Sequence[int]) -> AsyncIterator[bytes]:
    """Write the workbook in a thread into a file of its own while the rows come, and give it piece by piece when it is whole."""
    waiting: queue.Queue[Rows | None] = queue.Queue(BATCHES_AHEAD)

    def rows() -> Iterator[Sequence[Cell]]:
        yield list(head)
        while (batch := waiting.get()) is not None:
            yield from batch

    with tempfile.TemporaryDirectory(prefix="marketplace-export-") as folder:
        place = Path(folder) / "table.xlsx"
        writing = asyncio.create_task(asyncio.to_thread(spreadsheet.write_xlsx, place, sheet=sheet, rows=rows(), widths=widths))
        try:
            async for batch in batches:
                await _put(waiting, batch, writing)
        finally:
            await _put(waiting, None, writing)
        await writing
        with place.open("rb") as opened:
            while piece := opened.read(CHUNK_BYTES):
                yield piece


async def _put(waiting: queue.Queue[Rows | None], batch: Rows | None, writing: asyncio.Task[None]) -> None:
    """Hand a batch over, unless the writer has stopped: its error is raised by whoever waits for it."""
    while not writing.done():
        try:
            waiting.put_nowait(batch)
        except queue.Full:
            await asyncio.sleep(0.01)
        else:
            return
