"""Owns looking at a file of offers: what the kernel finds out about any file, and that its head is none of its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel.sheets_in import service as sheets_in
from vendors.imports import rules_columns

if TYPE_CHECKING:
    from pathlib import Path

    from marketplace.kernel.sheets_in.schemas import Layout, Limits, Looked, Sent


async def look(sent: Sent, *, limits: Limits) -> Looked:
    """Look at a file of offers before anything is kept of it. Raises: the errors of a file, as `sheets_in` finds them."""
    looked = await sheets_in.look(sent, limits=limits)
    rules_columns.check_head(looked.layout.head)
    return looked


async def layout_of(place: Path, *, folder: Path, limits: Limits) -> tuple[Path, Layout, str]:
    """Look at a file that lies on this machine: where its rows are read from, its layout and its sha256. Raises: as `look`."""
    source, layout, digest = await sheets_in.layout_of(place, folder=folder, limits=limits)
    rules_columns.check_head(layout.head)
    return source, layout, digest
