"""Owns the files of offers that the demo's suppliers have sent: one that was applied, one that waits with errors to be corrected."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from marketplace.kernel import spreadsheet
from marketplace.kernel.sheets_in.schemas import Limits, Mapping, Sent
from vendors.imports import service as imports
from vendors.imports.schemas import ApplyIn, Choices
from vendors.offers import service as offers
from vendors.offers.schemas import OwnFilter

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from marketplace.kernel.actor import Actor

ROWS = 200
CENT = Decimal("0.01")
# A part number that a typing mistake has left without its product, a price in the notation of another country, a date that is none.
WRONG = (
    ("NEW-1001", "Nordlager", "6204-2RZ", "12,50", "", "DE"),
    ("NEW-1002", "Nordlager", "6205-2RS", "1.234,56", "40", "DE"),
    ("NEW-1003", "", "", "19.90", "15", "DE"),
)


async def send_files(actor: Actor, *, now: datetime) -> None:
    """Send two files of a supplier's: this morning's counts, applied, and a price list of which some rows cannot be used."""
    mine = await offers.own_offers(OwnFilter(limit=ROWS), actor=actor, now=now)
    counts = [(one.fact.supplier_sku, one.fact.available + 5 + number % 7) for number, one in enumerate(mine) if one.fact.state == "approved"]
    run_id = await _sent(
        "stock-morning.csv", spreadsheet.csv_lines([("Artikelnummer", "Bestand"), *counts]), actor=actor, now=now - timedelta(hours=3)
    )
    await imports.apply(run_id, wanted=ApplyIn(), actor=actor, now=now - timedelta(hours=3))
    await imports.advance(run_id, now=now - timedelta(hours=3))
    priced = [one.fact for one in mine[: ROWS // 2] if len(one.fact.tier_price) == 1]
    prices = [(fact.supplier_sku, "", "", str((fact.tier_price[0] * Decimal("1.02")).quantize(CENT)), "", "") for fact in priced]
    lines = [("sku", "brand", "part number", "price", "stock", "origin"), *prices, *WRONG]
    await _sent("price-list-december.csv", spreadsheet.csv_lines(lines), actor=actor, now=now - timedelta(minutes=20))


async def _sent(name: str, text: str, *, actor: Actor, now: datetime) -> UUID:
    looked = await imports.look(Sent(name=name, content=text.encode()), limits=Limits())
    run = await imports.take_in(looked, choices=Choices(), locales=Mapping(), actor=actor, now=now)
    await imports.advance(run.id, now=now)
    return run.id
