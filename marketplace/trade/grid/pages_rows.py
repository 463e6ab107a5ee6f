"""Owns the rows of the grid's page: every cell with what it shows, what was typed into it, what is wrong with it and its name for listeners."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from marketplace.kernel import formatting
from marketplace.kernel.i18n import gettext as _
from marketplace.trade.grid import service

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from marketplace.trade.grid.schemas import RowOut, TypedRow
    from marketplace.trade.standing.schemas import Place


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One input: its name, the text in it, what it showed, its label for listeners and what is wrong with it."""

    name: str
    value: str
    was: str
    label: str
    error: str = ""

    @property
    def is_changed(self) -> bool:
        """Tell whether something else stands in it than was shown."""
        return self.value.strip() != self.was


class TierCells(msgspec.Struct, frozen=True, kw_only=True):
    """A price of a row and the quantity from which it holds."""

    bound: str
    cell: Cell


class SiteCells(msgspec.Struct, frozen=True, kw_only=True):
    """What lies at a site: counted, kept back, and what is told beside."""

    name: str
    on_hand: Cell
    safety: Cell
    reserved: int
    is_short: bool


class RowView(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the page."""

    number: int
    row: RowOut
    sent: str
    tiers: list[TierCells]
    sites: list[SiteCells]
    unit: str
    is_picked: bool
    place: Place | None
    error: str = ""

    @property
    def is_changed(self) -> bool:
        """Tell whether any of its cells is changed."""
        return any(cell.is_changed for cell in self.cells)

    @property
    def wrong(self) -> list[tuple[str, str]]:
        """Give the places that are marked, each with what to change."""
        return ([(f"r{self.number}", self.error)] if self.error else []) + [(cell.name, cell.error) for cell in self.cells if cell.error]

    @property
    def cells(self) -> list[Cell]:
        """Give all of its cells."""
        return [*(tier.cell for tier in self.tiers), *(cell for site in self.sites for cell in (site.on_hand, site.safety))]


class Overlay(msgspec.Struct, frozen=True, kw_only=True):
    """What a form brought back: typed rows by offer, and messages by the names of cells as they came in."""

    typed: Mapping[UUID, TypedRow] = {}
    errors: Mapping[str, str] = {}


def views(
    rows: Sequence[RowOut], *, overlay: Overlay, units: Mapping[str, str], titles: Mapping[UUID, str], places: Mapping[UUID, Place], locale: str
) -> list[RowView]:
    """Give the rows of a page, numbered anew: what was typed stays at its offer."""
    made = []
    for number, row in enumerate(rows):
        named = msgspec.structs.replace(row, product_title=titles.get(row.product_id, row.product_title))
        made.append(_view(number, named, overlay, unit=units.get(row.unit_code, row.unit_code), place=places.get(row.offer_id), locale=locale))
    return made


def _view(number: int, row: RowOut, overlay: Overlay, *, unit: str, place: Place | None, locale: str) -> RowView:
    shown, typed = service.shown(row, locale=locale), overlay.typed.get(row.offer_id)

    def cell(letter: str, at: int, was: str, label: str) -> Cell:
        value = typed.cells.get(f"{letter}.{at}", was) if typed is not None and _was_changed(typed, letter, at) else was
        error = overlay.errors.get(f"{letter}{typed.number}.{at}", "") if typed is not None else ""
        return Cell(name=f"{letter}{number}.{at}", value=value, was=was, label=label, error=error)

    sku = row.supplier_sku
    tiers = [
        TierCells(
            bound=formatting.quantity(tier.from_quantity, row.unit_decimals, unit if row.unit_decimals else ""),
            cell=cell("p", at, shown.prices[at], _("%(sku)s, price from %(quantity)s", sku=sku, quantity=shown.bounds[at])),
        )
        for at, tier in enumerate(row.tiers)
    ]
    sites = [
        SiteCells(
            name=level.site_name, reserved=level.reserved, is_short=level.is_short,
            on_hand=cell("h", at, shown.levels[at][1], _("%(sku)s, on hand at %(site)s", sku=sku, site=level.site_name)),
            safety=cell("k", at, shown.levels[at][2], _("%(sku)s, kept back at %(site)s", sku=sku, site=level.site_name)),
        )
        for at, level in enumerate(row.stock)
    ]  # fmt: skip
    error = overlay.errors.get(f"r{typed.number}", "") if typed is not None else ""
    return RowView(
        number=number, row=row, sent=service.sent(shown), tiers=tiers, sites=sites, unit=unit, is_picked=typed is not None and typed.is_picked,
        place=place, error=error,
    )  # fmt: skip


def _was_changed(typed: TypedRow, letter: str, at: int) -> bool:
    """Tell whether a cell was typed into: what it showed then may differ from what it shows now, and that is no change of the reader's."""
    known = typed.shown.prices if letter == "p" else [on_hand if letter == "h" else safety for _site, on_hand, safety in typed.shown.levels]
    return at < len(known) and typed.cells.get(f"{letter}.{at}", known[at]).strip() != known[at]


def changed(rows: Sequence[RowView]) -> tuple[int, int]:
    """Count the changed cells and the rows that they stand in."""
    cells = [sum(cell.is_changed for cell in row.cells) for row in rows]
    return sum(cells), sum(count > 0 for count in cells)
