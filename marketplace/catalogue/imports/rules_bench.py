"""Owns going through one file: its batches, read ahead in a thread, and what each row makes of the catalogue as it is now."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from marketplace.catalogue.attributes import service as attributes
from marketplace.catalogue.imports import rules_files, rules_merging, rules_rows, rules_runs
from marketplace.catalogue.products import service as products
from marketplace.catalogue.products.errors import BadGtin
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.catalogue.units import service as units

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping
    from pathlib import Path
    from uuid import UUID

    from marketplace.catalogue.attributes.schemas import Fault
    from marketplace.catalogue.imports.schemas import Known, ParsedLine, Run, Said
    from marketplace.catalogue.products.schemas import Held

    Faults = Callable[[UUID | None, Mapping[str, object]], tuple[Fault, ...]]


class Bench:
    """What goes through one file: its batches, read ahead in a thread, and what the rows mean under what is known now."""

    def __init__(self, run: Run, place: Path, *, size: int, known: Known, faults: Faults) -> None:
        """Look at the mapping once."""
        self.run, self.place, self.size, self.known, self.faults = run, place, size, known, faults
        self.reader = rules_rows.Reader(run.mapping, head=run.layout.head, source=run.source, known=known, gtin14=gtin14)

    async def batches(self, *, after: int) -> AsyncIterator[tuple[list[Any], int, float]]:
        """Give the batches behind a line; the next one is read while the database works on the one before."""
        found = self._batches(after)
        ahead = asyncio.create_task(asyncio.to_thread(next, found, None))
        try:
            while (batch := await ahead) is not None:
                ahead = asyncio.create_task(asyncio.to_thread(next, found, None))
                yield batch
        finally:
            ahead.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await ahead

    def _batches(self, after: int) -> Iterator[tuple[list[ParsedLine] | list[Said], int, float]]:
        if self.run.kind == "icecat":
            return rules_files.icecat_batches(self.place, source=self.run.source, gtin14=gtin14, size=self.size, after=after)
        return rules_files.sheet_batches(self.place, layout=self.run.layout, reader=self.reader, size=self.size, after=after)

    async def resolved(self, batch: list[Any], *, looks: bool) -> tuple[list[ParsedLine], dict[tuple[str, str], Held]]:
        """Give what a batch makes, and the products that are there now; of Icecat's lines the latter only when somebody looks."""
        is_sheet = self.run.kind == "sheet"
        held: dict[tuple[str, str], Held] = {}
        if is_sheet or looks:
            ids: dict[str, list[str]] = {}
            for one in batch:
                about = one if is_sheet else one.product
                if about is not None and about.source_id:
                    ids.setdefault(about.source, []).append(about.source_id)
            for source, wanted in ids.items():
                found = await products.held_products(source, wanted, is_locked=not looks)
                held |= {(source, source_id): one for source_id, one in found.items()}
        if not is_sheet:
            return batch, held
        return [
            self._with_faults(rules_merging.merged(said, held.get((said.source, said.source_id)), reader=self.reader, known=self.known))
            for said in batch
        ], held

    def _with_faults(self, parsed: ParsedLine) -> ParsedLine:
        if parsed.product is None or parsed.is_same:
            return parsed
        return rules_merging.with_faults(parsed, self.faults(parsed.product.category_id, parsed.product.attributes))


async def bench(run: Run, place: Path, *, size: int) -> Bench:
    """Make ready to go through the file of a run in batches of a size, with the categories, units and schemas as they are now."""
    known = rules_runs.known(await taxonomy.tree(), await units.units())
    return Bench(run, place, size=size, known=known, faults=await attributes.checker())


def gtin14(text: str) -> str | None:
    """Give the 14 digits of a GTIN, None for none."""
    try:
        return products.gtin14(text)
    except BadGtin:
        return None
