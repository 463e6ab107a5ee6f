"""Owns writing files of the catalogue: its products in the columns that an import takes back, and what is wrong in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from marketplace.catalogue.exports import rules
from marketplace.catalogue.imports import service as imports
from marketplace.catalogue.products import service as catalogue
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.kernel import table_files
from marketplace.kernel.i18n import lazy, translate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from marketplace.kernel.actor import Actor
    from marketplace.kernel.spreadsheet import Cell

BATCH = 1000
FIRST = UUID(int=0)
KINDS = (lazy("error"), lazy("warning"))
WIDTHS = (10, 14, 44, 18, 18, 18, 40, 20)
ISSUE_WIDTHS = (8, 18, 20, 24, 18, 60, 10)
TYPES, attachment = table_files.TYPES, table_files.attachment


async def products(kind: str, *, category: str = "") -> AsyncIterator[bytes]:
    """Write the products that are not retired, or those under one category, as a file of this kind (csv, xlsx, jsonl), piece by piece.

    The file can be imported as it is and then changes nothing. Raises: NotFound for a category that is not there.
    """
    chosen = await taxonomy.category_by_slug(category) if category else None
    schema = chosen.attributes if chosen else ()
    head = rules.head(schema, await catalogue.text_languages())
    kinds = {one.key: one.kind for one in schema}
    rows = _rows(head, kinds, chosen.id if chosen else None, is_sheet=kind != "jsonl")
    return table_files.written(kind, rows, sheet="Products", head=head, json_lines=rules.json_lines, widths=WIDTHS)


async def _rows(head: Sequence[str], kinds: dict[str, str], category_id: UUID | None, *, is_sheet: bool) -> AsyncIterator[list[list[Any]]]:
    slugs = {one.id: one.slug for one in await taxonomy.tree()}
    last = FIRST
    while True:
        found = await catalogue.held_after(last, category_id=category_id, limit=BATCH)
        rows = [rules.product_row(one.product, head, kinds=kinds, slugs=slugs) for one in found]
        yield [rules.sheet_row(row) for row in rows] if is_sheet else rows
        if len(found) < BATCH:
            return
        last = found[-1].product.id or FIRST


async def issues(run_id: UUID, kind: str, *, actor: Actor) -> AsyncIterator[bytes]:
    """Write what is wrong in a file, by line, column, value and reason, as a file of this kind (csv, xlsx). Raises: NotFound."""
    await imports.detail(run_id, actor=actor)
    return table_files.written(kind, _issue_rows(run_id, actor), sheet="Report", head=rules.ISSUES, widths=ISSUE_WIDTHS)


async def _issue_rows(run_id: UUID, actor: Actor) -> AsyncIterator[list[list[Cell]]]:
    kinds = (translate(KINDS[0], actor.locale), translate(KINDS[1], actor.locale))
    async for found in imports.report(run_id, actor=actor):
        yield [rules.issue_row(one, kinds) for one in found]


async def template(kind: str) -> bytes:
    """Write the empty file to begin with: the columns, and one row that shows how to fill them."""
    head = (
        "source_id",
        "title",
        "brand",
        "part_number",
        "gtin",
        "description",
        "category",
        "unit",
        "weight_kg",
        "attr:colour",
        "title_vi",
        "title_ar",
    )
    row: list[Cell] = [
        "EXAMPLE-1", "Deep groove ball bearing 6204", "Nord", "6204-2RS", "04006381333931", "Sealed on both sides", "", "C62", None, "steel",
        "Vòng bi cầu 6204", "محمل كريات 6204",
    ]  # fmt: skip

    async def once() -> AsyncIterator[list[list[Cell]]]:
        yield [row]

    pieces = table_files.written(kind, once(), sheet="Products", head=head, json_lines=rules.json_lines, widths=WIDTHS)
    return b"".join([piece async for piece in pieces])
