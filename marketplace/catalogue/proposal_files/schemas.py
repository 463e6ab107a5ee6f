"""Owns the shapes of files of proposals."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

import msgspec


class FileOut(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a file: the proposals that were sent, in the order of its rows, and how many rows say what the catalogue says already."""

    proposal_ids: list[UUID]
    unchanged: int


class Line(NamedTuple):
    """One row: its line, the product that it names by its id (None for none), what it says by field, and its note."""

    number: int
    product_id: UUID | None
    values: dict[str, str]
    note: str
