"""Owns the shapes of the price grid: rows as shown, edits as sent, what a save did, and what it would do to one's places."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from marketplace.kernel.quantity import Steps
from marketplace.kernel.versions import Version
from marketplace.trade.standing.schemas import Ask, Jump, MoveKind, Place
from vendors.desk.schemas import Amount, TierOut, Tiers
from vendors.offers.schemas import Tier
from vendors.stock.schemas import Counted, SiteLevel

ROWS_MAX = 5000
SITES_MAX = 50
PREVIEWED_MAX = 200
Sort = Literal["sku", "-sku", "title", "-title", "price", "-price", "stock", "-stock", "place", "-place"]
Show = Literal["", "not-selling", "low-stock"]
Mode = Literal["all", "partial"]


class GridFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which of one's offers the grid lists: part of number, title or part number; one category; one site; those that do not sell or run short."""

    text: str = ""
    category_id: UUID | None = None
    site_id: UUID | None = None
    show: Show = ""
    sort: Sort = "sku"
    limit: int = 200

    def list_name(self, organisation_id: UUID | None) -> str:
        """Name the list that a cursor belongs to."""
        return f"grid {organisation_id} {self.category_id} {self.site_id} {self.show} {self.sort} {self.text}"


class OwnRow(msgspec.Struct, frozen=True):
    """One of the supplier's offers as one statement reads it, in its order. Quantities count the unit's smallest step.

    `sort_key` is the text by which the list is sorted; `is_low` is as in `RowOut`.
    """

    offer_id: UUID
    product_id: UUID
    version: int
    supplier_sku: str
    product_title: str
    state: str
    currency: str
    unit_code: str
    unit_decimals: int
    moq: int
    multiple: int
    lead_days: int
    site_id: UUID
    tier_from: list[int]
    tier_price: list[Decimal]
    available: int
    is_selling: bool
    is_low: bool
    sort_key: str


class RowOut(msgspec.Struct, kw_only=True):
    """A row of the grid. Answers tell quantities in the unit (`unit_decimals`), unit prices are in `currency`.

    `is_low` while less than the smallest quantity sold is available, or less than the supplier wants to be warned of; `place` is told for the question that the list names.
    """

    offer_id: UUID
    product_id: UUID
    product_title: str
    supplier_sku: str
    version: int
    state: str
    is_selling: bool
    is_low: bool
    unit_code: str
    unit_decimals: int
    currency: str
    moq: Steps
    multiple: Steps
    lead_days: int
    site_id: UUID
    tiers: list[TierOut]
    stock: list[SiteLevel]
    available: Steps
    place: Place | None = None


class StockEdit(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What was counted at a site, in the product's unit; without a site, at the one the offer ships from. What is not given stays."""

    site_id: UUID | None = None
    on_hand: Amount | msgspec.UnsetType = msgspec.UNSET
    safety: Amount | msgspec.UnsetType = msgspec.UNSET


class RowEdit(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What to change of one offer, of which the caller saw `version`: all its tiers, counts at sites, or both."""

    offer_id: UUID
    version: Version
    tiers: Tiers | msgspec.UnsetType = msgspec.UNSET
    stock: Annotated[list[StockEdit], msgspec.Meta(min_length=1, max_length=SITES_MAX)] | msgspec.UnsetType = msgspec.UNSET


Rows = Annotated[list[RowEdit], msgspec.Meta(min_length=1, max_length=ROWS_MAX)]


class GridEdit(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A save of the grid. In mode `all` one bad row keeps all from being saved; `partial` saves the good ones and names the others.

    A price that changes by more than half is refused until `confirm_large_changes`.
    """

    rows: Rows
    mode: Mode = "all"
    confirm_large_changes: bool = False


class Undo(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Which save to undo; without an id, one's last."""

    save_id: UUID | None = None


class Question(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """For what places are asked: quantity in whole units, country, needed-by date. What is not given is what buyers ordered most."""

    quantity: Annotated[int, msgspec.Meta(ge=1, le=10**6)] | None = None
    country: Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$", max_length=2)] | None = None
    need_by: date | None = None


class PreviewIn(Question, forbid_unknown_fields=True, kw_only=True):
    """Changes whose effect on one's places is asked for, and for which question."""

    rows: Rows


class CellConflict(msgspec.Struct, frozen=True):
    """A cell that somebody else changed: where, what was wanted, what stands there now."""

    cell: str
    yours: str
    theirs: str


class Trouble(msgspec.Struct, frozen=True):
    """Why a row was not saved: a stable code, the English sentence with its parameters, and the cells that it concerns."""

    pointer: str
    code: str
    message: str
    params: dict[str, object] = {}


class Planned(msgspec.Struct, kw_only=True):
    """One row's edit held against what stands: what to write, and what speaks against it."""

    offer_id: UUID
    product_id: UUID
    version: int
    tiers: tuple[Tier, ...] | None = None
    tiers_before: tuple[Tier, ...] = ()
    counts: list[Counted] = []
    counts_before: list[tuple[int, int]] = []
    cells: int = 0
    troubles: list[Trouble] = []
    conflicts: list[CellConflict] = []
    large: list[Trouble] = []

    @property
    def is_clear(self) -> bool:
        """Tell whether nothing speaks against the row but a large change."""
        return not self.troubles and not self.conflicts


class SavedRow(msgspec.Struct, frozen=True):
    """An offer that was changed, with its new version."""

    offer_id: UUID
    version: int


class KeptRow(msgspec.Struct, frozen=True, kw_only=True):
    """An offer that was not saved: why, and where somebody else changed it, both values. `version` is its present one."""

    offer_id: UUID
    version: int | None
    code: str
    message: str
    conflicts: list[CellConflict] = []


class SavedOut(msgspec.Struct, kw_only=True):
    """What a save did. It can be undone until `undo_until`."""

    save_id: UUID
    cells: int
    saved: list[SavedRow]
    kept: list[KeptRow]
    undo_until: datetime


class LastSave(msgspec.Struct, frozen=True, kw_only=True):
    """One's last save while it can be undone."""

    id: UUID
    saved_at: datetime
    rows: int
    cells: int
    undo_until: datetime


class KeptTier(msgspec.Struct, frozen=True, array_like=True):
    """A tier as a save keeps it."""

    from_quantity: int
    unit_price: str


class KeptCount(msgspec.Struct, frozen=True, array_like=True):
    """A count as a save keeps it: before and after, on hand and kept back."""

    site_id: UUID
    on_hand_before: int
    on_hand_after: int
    safety_before: int
    safety_after: int


class KeptChange(msgspec.Struct, frozen=True, array_like=True):
    """What a save did to one offer, so that it can be undone: its version afterwards, the tiers before (empty: no price changed), the counts."""

    offer_id: UUID
    product_id: UUID
    version: int
    tiers_before: list[KeptTier]
    counts: list[KeptCount]


class MoveOut(msgspec.Struct, frozen=True, kw_only=True):
    """What changes would do to one product: the supplier's place and landed total before and after, as everybody sees them.

    `kind` is up, down, same, or unknown where the offer has no place before or after.
    """

    offer_id: UUID
    product_id: UUID
    product_title: str
    supplier_sku: str
    kind: MoveKind
    before: Place
    after: Place


class Tally(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What a preview has counted so far, where a page asks for it part by part."""

    jumps: Annotated[list[Jump], msgspec.Meta(max_length=PREVIEWED_MAX)]
    unchanged: Annotated[int, msgspec.Meta(ge=0, le=ROWS_MAX)]
    unknown: Annotated[int, msgspec.Meta(ge=0, le=ROWS_MAX)]
    left_out: Annotated[int, msgspec.Meta(ge=0, le=ROWS_MAX)]


class PreviewOut(msgspec.Struct, kw_only=True):
    """What changes would do to one's places: the jumps by number of products, how many stay, and each product; `left_out` counts bad rows."""

    ask: Ask
    jumps: list[Jump]
    unchanged: int
    unknown: int
    moves: list[MoveOut]
    left_out: int = 0

    @property
    def tally(self) -> str:
        """Write what was counted, to be sent back with the next part."""
        return msgspec.json.encode(Tally(self.jumps, self.unchanged, self.unknown, self.left_out)).decode()


class Shown(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What a row showed, which the form sends back: texts as they stood in the cells. `levels` are site, on hand and kept back."""

    offer_id: UUID
    version: int
    currency: str
    decimals: int
    bounds: list[str]
    prices: list[str]
    levels: list[tuple[UUID, str, str]]


class TypedRow(msgspec.Struct, kw_only=True):
    """A row as it came back: its number on the page, what it showed, what stands in its cells by their names, and whether it is selected."""

    number: int
    shown: Shown
    cells: dict[str, str]
    is_picked: bool = False

    @property
    def prices(self) -> list[str]:
        """Give the prices as typed."""
        return [self.cells.get(f"p.{place}", text).strip() for place, text in enumerate(self.shown.prices)]


class Edit(msgspec.Struct, frozen=True):
    """What a row of the form asks for, and which of its sites each count belongs to."""

    row: TypedRow
    edit: RowEdit
    sites: tuple[int, ...]


class Bulk(msgspec.Struct, frozen=True, kw_only=True):
    """What to do to the selected rows: `percent` as typed, such as +3 or -2.5; an `ending`; a count `stock` at the site they ship from."""

    act: str
    percent: str = ""
    ending: str = "95"
    stock: str = ""
