"""Owns going through one file: its batches, read ahead in a thread, and what each row makes of the catalogue as it is now."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from marketplace.catalogue.attributes import service as attributes
from marketplace.catalogue.imports import rules_columns, rules_files, rules_merging, rules_rows, rules_runs
from marketplace.catalogue.products import service as products
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.catalogue.units import service as units
from marketplace.kernel.sheets_in import service as sheets_in
from marketplace.kernel.sheets_in.schemas import Looked, Mapping

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from collections.abc import Mapping as Pairs
    from uuid import UUID

    from marketplace.catalogue.attributes.schemas import Fault
    from marketplace.catalogue.imports.schemas import Known, ParsedLine, ReadRow, Run, Said
    from marketplace.catalogue.products.schemas import Held
    from marketplace.kernel.sheets_in.schemas import Limits, NumberLocale, Sent

    Faults = Callable[[UUID | None, Pairs[str, object]], tuple[Fault, ...]]


class Bench:
    """What goes through one file: its batches, read ahead in a thread, and what the rows mean under what is known now."""

    def __init__(self, run: Run, place: Path, *, size: int, known: Known, faults: Faults) -> None:
        """Look at the mapping once."""
        self.run, self.place, self.size, self.known, self.faults = run, place, size, known, faults
        self.reader = rules_rows.Reader(run.mapping, head=run.layout.head, source=run.source, known=known, gtin14=products.gtin14)

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
            return rules_files.icecat_batches(self.place, source=self.run.source, gtin14=products.gtin14, size=self.size, after=after)
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


async def looked_at(file: Path, folder: Path, digest: str) -> tuple[Path, Looked]:
    """Look at a file of this machine: where its rows are read from, and what it is. Raises: the errors of a file."""
    suffix = file.name.casefold().removesuffix(".gz").rpartition(".")[2]
    head = rules_files.icecat_head(file) if suffix in {"jsonl", "ndjson"} else None
    if head is not None:
        place, layout = file, rules_files.icecat_layout(file, head, counts=False)
    else:
        place, layout, _ = await sheets_in.layout_of(rules_files.decompressed(file, folder), folder=folder, limits=rules_files.UNLIMITED)
    return place, Looked(name=file.name[-120:], sha256=digest, size=file.stat().st_size, content=b"", layout=layout)


async def read_rows(sent: Sent, *, limits: Limits, mapping: Mapping | None = None, number_locale: NumberLocale = "plain") -> list[ReadRow]:
    """Read somebody's file of products without keeping anything of it: each row's values by the fields of a product, with what is wrong with it.

    Attributes are typed by the schema of the category that the row names. Without a mapping, heads are known by their names.
    Raises: the errors of a file; ColumnsUnknown.
    """
    with tempfile.TemporaryDirectory(prefix="marketplace-import-") as folder:
        looked = await sheets_in.look(sent, limits=limits)
        place = Path(folder) / "rows"
        place.write_bytes(looked.content)
        tree = await taxonomy.tree()
        known, slugs = rules_runs.known(tree, await units.units()), {one.id: one.slug for one in tree}
        if mapping is None:
            mapping = Mapping(columns=sheets_in.guessed(looked.layout.head, rules_columns.target_of), number_locale=number_locale)
        sheets_in.check_columns(mapping.columns, head=looked.layout.head, is_target=rules_columns.is_target)
        reader = rules_rows.Reader(mapping, head=looked.layout.head, source="", known=known, gtin14=products.gtin14)
        found = sheets_in.rows(place, layout=looked.layout, limits=rules_files.UNLIMITED)
        return [rules_merging.proposed(reader.said(line, row), reader=reader, known=known, slugs=slugs) for line, row in found]
