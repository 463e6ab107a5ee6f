"""Tests that a file imported from the command line is found by the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.roof.test_cli import marketplace

if TYPE_CHECKING:
    from pathlib import Path

    from marketplace.kernel.settings import Settings

LINES = [
    {"id": "1", "name": "TX-100", "title": "Testix bearing", "ean": [], "short_description": "A bearing", "supplier": "Testix", "attr_n_width": 12.0},
    {"id": "2", "name": "TX-200", "title": "Testix seal", "ean": [], "short_description": "A seal", "supplier": "Testix"},
]


def test_a_file_is_imported_once_and_its_products_are_found(empty_database: Settings, tmp_path: Path) -> None:
    file = tmp_path / "products.jsonl"
    file.write_text("\n".join([*map(json.dumps, LINES), "{broken"]) + "\n")
    report = json.loads(marketplace(empty_database, "import", "products", str(file), "--json"))
    assert (report["created"], report["updated"], report["failed"]) == (2, 0, 1)
    hits = json.loads(marketplace(empty_database, "search", "TX-200", "--json"))["items"]
    assert [(hit["part_number"], hit["brand"]) for hit in hits] == [("TX-200", "Testix")]
    again = json.loads(marketplace(empty_database, "import", "products", str(file), "--json"))
    assert (again["created"], again["updated"]) == (0, 0)
    assert len(json.loads(marketplace(empty_database, "search", "testix", "--json"))["items"]) == 2


def test_a_file_that_is_not_there_is_told_and_nothing_is_made(empty_database: Settings, tmp_path: Path) -> None:
    marketplace(empty_database, "import", "products", str(tmp_path / "none.jsonl"), expect=2)
    assert json.loads(marketplace(empty_database, "search", "testix", "--json")) == {"items": []}
