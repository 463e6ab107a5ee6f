"""Owns the shapes of what people type of freight: a table as its form and as its grid, a consignment to try it with, a file, a pallet."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec

from marketplace.kernel.csv_file import CsvForm


class TypedHead(msgspec.Struct, kw_only=True):
    """What is typed of a freight table as a whole."""

    name: str = ""
    currency: str = ""
    basis: str = "weight"
    valid_from: str = ""
    valid_to: str = ""
    volumetric_divisor: str = ""
    source: str = ""


class TableForm(TypedHead, kw_only=True):
    """A freight table as typed into its grid: columns of cells, `amount` line by line. `more` asks for blank lines instead of storing."""

    more: str = ""
    bound: list[str] = []
    zone_code: list[str] = []
    zone_areas: list[str] = []
    zone_days: list[str] = []
    zone_minimum: list[str] = []
    zone_free_from: list[str] = []
    zone_step: list[str] = []
    zone_step_amount: list[str] = []
    amount: list[str] = []
    s_code: list[str] = []
    s_name: list[str] = []
    s_kind: list[str] = []
    s_value: list[str] = []
    s_zone: list[str] = []
    s_from: list[str] = []
    s_to: list[str] = []


class ZoneLine(msgspec.Struct):
    """A line of the grid as it is typed; `areas` are separated by commas, `amounts` belong to the bounds by place, blank where a zone has none."""

    code: str = ""
    areas: str = ""
    days: str = ""
    minimum: str = ""
    free_from: str = ""
    step: str = ""
    step_amount: str = ""
    amounts: list[str] = []


class SurchargeLine(msgspec.Struct):
    """A surcharge as it is typed; `value` is a percentage or an amount, by `kind`."""

    code: str = ""
    name: str = ""
    kind: str = "percent"
    value: str = ""
    zone: str = ""
    valid_from: str = ""
    valid_to: str = ""


class Grid(TypedHead, kw_only=True):
    """A whole table as it is typed."""

    bounds: list[str] = []
    zones: list[ZoneLine] = []
    surcharges: list[SurchargeLine] = []


class AskForm(msgspec.Struct, kw_only=True):
    """A consignment as typed, to try a table with."""

    country: str = ""
    postal_code: str = ""
    weight: str = ""
    volume: str = ""
    pallets: str = ""
    value: str = ""


class EndForm(msgspec.Struct, kw_only=True):
    """The last day on which a table counts, as typed."""

    last_day: date


class FileForm(CsvForm, kw_only=True):
    """A table's file as it is chosen or pasted; `table_id` makes it that table's new version."""

    valid_from: date | None = None
    table_id: UUID | None = None


class PackingForm(msgspec.Struct, kw_only=True):
    """What goes on a pallet, as typed: by the supplier's own article number; a blank figure takes it away."""

    sku: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    per_pallet: Annotated[int, msgspec.Meta(ge=1, le=10**9)] | None = None
    is_stackable: bool = False
