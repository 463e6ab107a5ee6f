"""Owns the files of products that the demo's operator has sent: one that was applied, one that waits with errors to be corrected."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from marketplace.catalogue.imports import service as imports
from marketplace.catalogue.imports.schemas import ApplyIn
from marketplace.kernel import spreadsheet
from marketplace.kernel.sheets_in.schemas import Limits, Mapping, Sent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from marketplace.kernel.actor import Actor

HEAD = ("source_id", "Title", "Brand", "MPN", "EAN", "Weight (kg)", "attr:colour", "title_vi", "title_ar")
FIRST = (
    (
        "LT-100",
        "Luma LT-100 LED panel light 36 W",
        "Luma",
        "LT-100",
        "",
        "2.4",
        "white",
        "Đèn LED panel Luma LT-100 36 W",
        "لوحة إضاءة Luma LT-100 بقدرة 36 واط",
    ),
    (
        "LT-200",
        "Luma LT-200 LED panel light 48 W",
        "Luma",
        "LT-200",
        "",
        "2.9",
        "white",
        "Đèn LED panel Luma LT-200 48 W",
        "لوحة إضاءة Luma LT-200 بقدرة 48 واط",
    ),
    ("LT-900", "Luma LT-900 emergency light", "Luma", "LT-900", "", "1.1", "green", "", ""),
)
# A price list that went through a spreadsheet: a shortened GTIN, a decimal comma, an id that comes twice, a title that is missing.
SECOND = (
    ("LT-100", "Luma LT-100 LED panel light 36 W, 4000 K", "Luma", "LT-100", "", "2.4", "white", "Đèn LED panel Luma LT-100 36 W", "لوحة إضاءة Luma LT-100 بقدرة 36 واط"),
    ("LT-200", "Luma LT-200 LED panel light 48 W", "Luma", "LT-200", "", "2.9", "silver", "Đèn LED panel Luma LT-200 48 W", "لوحة إضاءة Luma LT-200 بقدرة 48 واط"),
    ("LT-300", "Luma LT-300 LED panel light 60 W", "Luma", "LT-300", "4.00638E+12", "3.2", "white", "", ""),
    ("LT-310", "Luma LT-310 LED panel light 62 W", "Luma", "LT-310", "", "3,4", "white", "", ""),
    ("lt-310", "Luma LT-310 LED panel light 62 W", "Luma", "LT-310", "", "3.4", "white", "", ""),
    ("LT-400", "", "Luma", "LT-400", "", "", "", "", ""),
    ("LT-500", "Luma LT-500 track light", "Luma", "LT-500", "", "0.8", "black", "Đèn ray Luma LT-500", "مصباح سكة Luma LT-500"),
)  # fmt: skip


async def send_product_files(actor: Actor, *, now: datetime) -> None:
    """Send two files of the operator's: lights that came in yesterday, and this morning's changes, of which some rows cannot be used."""
    yesterday = now - timedelta(days=1)
    run_id = await _sent("luma-2026.csv", FIRST, actor=actor, now=yesterday)
    await imports.apply(run_id, wanted=ApplyIn(), actor=actor, now=yesterday)
    await imports.advance(run_id, now=yesterday)
    await _sent("luma-changes.csv", SECOND, actor=actor, now=now - timedelta(minutes=35))


async def _sent(name: str, rows: Sequence[Sequence[str]], *, actor: Actor, now: datetime) -> UUID:
    content = spreadsheet.csv_lines([HEAD, *rows]).encode()
    looked = await imports.look(Sent(name=name, content=content), limits=Limits())
    run = await imports.take_in(looked, source="luma", locales=Mapping(), actor=actor, now=now)
    await imports.advance(run.id, now=now)
    return run.id
