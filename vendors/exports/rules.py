"""Owns how offers stand in files: the columns, one row an offer, quantities in units, and the lines of a report."""

from __future__ import annotations

import json
from datetime import UTC
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from marketplace.kernel.quantity import quantity_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from marketplace.kernel.spreadsheet import Cell
    from vendors.imports.schemas import RowOut

FRONT = ("action", "sku", "product_id", "gtin", "brand", "part_number", "title", "currency", "unit")
BACK = (
    "moq", "multiple", "pack", "lead_days", "incoterm", "origin", "condition", "visibility", "site", "stock", "safety", "backorder", "valid_from", "valid_to",
)  # fmt: skip
REPORT = ("line", "sku", "outcome", "product", "before", "after", "column", "value", "code", "problem")
ACTIONS = {"approved": "upsert", "paused": "pause"}


def head(tiers: int) -> tuple[str, ...]:
    """Give the columns of a file whose longest price has this many tiers."""
    return (*FRONT, *(name for number in range(1, tiers + 1) for name in (f"tier{number}_from", f"tier{number}_price")), *BACK)


def offer_row(offer: Any, names: Sequence[str]) -> list[Cell]:
    """Give one offer as a row; quantities in units, prices with the decimals that they need."""
    steps = {"moq": offer["moq"], "multiple": offer["multiple"], "pack": offer["pack_size"], "stock": offer["on_hand"], "safety": offer["safety"]}
    cells: dict[str, Cell] = {
        "action": ACTIONS.get(offer["state"], ""),
        "sku": offer["supplier_sku"],
        "product_id": str(offer["product_id"]),
        "gtin": offer["gtin"],
        "brand": offer["brand"],
        "part_number": offer["part_number"],
        "title": offer["title"],
        "currency": offer["currency"],
        "unit": offer["unit_code"],
        "lead_days": offer["lead_days"],
        "incoterm": offer["incoterm"],
        "origin": offer["origin_country"],
        "condition": offer["condition"],
        "visibility": offer["visibility"],
        "site": offer["site"],
        "backorder": "yes" if offer["allows_backorder"] else "no",
        "valid_from": offer["valid_from"].astimezone(UTC).isoformat(),
        "valid_to": offer["valid_to"].astimezone(UTC).isoformat() if offer["valid_to"] else None,
        **{name: _quantity(count, offer["decimals"]) for name, count in steps.items()},
    }
    for number, (bound, price) in enumerate(zip(offer["tier_from"] or (), offer["tier_price"] or (), strict=True), 1):
        cells[f"tier{number}_from"] = _quantity(bound, offer["decimals"])
        cells[f"tier{number}_price"] = _plain(price)
    return [cells.get(name) for name in names]


def _quantity(steps: int | None, decimals: int) -> Cell:
    return None if steps is None else Decimal(quantity_text(steps, decimals=decimals)) if decimals else steps


def _plain(price: Decimal) -> Decimal:
    """Take away zeros that say nothing, but for the two that prices are written with."""
    text = f"{price:f}".rstrip("0")
    whole, _, part = text.partition(".")
    return Decimal(f"{whole}.{part:0<2}")


def example_rows() -> list[list[Cell]]:
    """Give two rows that show how a file is filled: a new offer with two tiers, and a price and count of a known one."""
    names = head(2)
    first: dict[str, Cell] = {
        "action": "upsert", "sku": "EXAMPLE-1", "brand": "Nord", "part_number": "6204-2RS", "currency": "EUR", "tier1_from": 1, "tier1_price": Decimal("8.90"),
        "tier2_from": 100, "tier2_price": Decimal("8.10"), "moq": 10, "multiple": 10, "pack": 10, "lead_days": 2, "incoterm": "EXW", "origin": "DE", "condition": "new",
        "stock": 250, "safety": 20, "backorder": "no",
    }  # fmt: skip
    second: dict[str, Cell] = {"sku": "EXAMPLE-2", "tier1_from": 1, "tier1_price": Decimal("12.50"), "stock": 40}
    return [[row.get(name) for name in names] for row in (first, second)]


def json_lines(names: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """Write rows as JSON lines, every name in each; decimals are texts, so that no digit is lost."""
    lines = [json.dumps({name: _json_cell(cell) for name, cell in zip(names, row, strict=True)}) for row in rows]
    return "".join(f"{line}\n" for line in lines)


def _json_cell(cell: Cell) -> Cell:
    return str(cell) if isinstance(cell, Decimal) else cell


def report_lines(row: RowOut) -> list[list[Cell]]:
    """Give the lines of a report for one row of a file: one for each problem, or one that says what came of it."""
    front: list[Cell] = [row.line, row.sku, row.outcome, row.product, row.before, row.after]
    return [[*front, one.column, one.value, one.code, one.message] for one in row.problems] or [[*front, "", "", "", ""]]
