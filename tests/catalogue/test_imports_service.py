"""Tests the import of product files: counts, repeats, broken files, broken runs, and the real catalogue where it is at hand."""

from __future__ import annotations

import asyncio
import gzip
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from marketplace.catalogue.imports import rules_files, service
from marketplace.catalogue.imports.errors import FileUnreadable, ImportRunning
from marketplace.catalogue.imports.schemas import ImportReport
from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import reading
from tests.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from marketplace.kernel.database import Connection
    from marketplace.kernel.settings import Settings

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "catalogue" / "icecat_products.jsonl.gz"


async def _facts() -> int:
    async with reading(WORKER) as held:
        return int(await held.fetchval("SELECT count(*) FROM kernel.outbox"))


def _line(number: int, **change: Any) -> bytes:
    given = {"id": str(number), "title": f"Product {number}", "name": f"PN-{number}", "supplier": "Hansa", "ean": [], "attr_n_width": number / 2}
    return msgspec.json.encode({**given, **change})


def _file(folder: Path, lines: Sequence[bytes], name: str = "products.jsonl") -> Path:
    path = folder / name
    content = b"\n".join(lines)
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


async def _products(connection: Connection) -> list[tuple[Any, ...]]:
    rows = await connection.fetch(
        "SELECT source_id, title, updated_at FROM catalogue.products WHERE source = 'tests' ORDER BY source_id COLLATE \"C\""
    )
    return [tuple(row) for row in rows]


@pytest.mark.parametrize("name", ["products.jsonl", "products.jsonl.gz"])
async def test_every_line_counts_once_and_wrong_ones_are_listed(tmp_path: Path, rolled_back: Connection, name: str) -> None:
    lines = [_line(1), b"", b"{not json", _line(2, ean=["123"]), _line(3, id=""), b"\xef\xbb\xbf", _line(4)]
    report = await service.import_products(_file(tmp_path, lines, name), now=NOW, source="tests")
    assert (report.created, report.updated, report.unchanged, report.failed, report.warnings) == (3, 0, 0, 3, 1)
    assert (report.lines, report.resumed_at, report.file_name) == (7, 0, name)
    assert [(issue.line, issue.code, issue.is_warning) for issue in report.issues] == [
        (3, "bad-json", False),
        (4, "bad-gtin", True),
        (5, "missing-id", False),
        (6, "bad-json", False),
    ]
    assert [row[0] for row in await _products(rolled_back)] == ["1", "2", "4"]


async def test_importing_twice_changes_nothing(tmp_path: Path, rolled_back: Connection) -> None:
    path = _file(tmp_path, [_line(number) for number in range(30)])
    await service.import_products(path, now=NOW, source="tests")
    before = await _products(rolled_back)
    facts = await _facts()
    assert facts > 0
    again = await service.import_products(path, now=NOW.replace(day=25), source="tests")
    assert (again.created, again.updated, again.unchanged, again.failed) == (0, 0, 30, 0)
    assert await _products(rolled_back) == before
    assert await _facts() == facts


async def test_a_changed_line_updates_its_product_alone(tmp_path: Path, rolled_back: Connection) -> None:
    await service.import_products(_file(tmp_path, [_line(1), _line(2)]), now=NOW, source="tests")
    report = await service.import_products(_file(tmp_path, [_line(1), _line(2, title="Renamed")]), now=NOW.replace(day=25), source="tests")
    assert (report.created, report.updated, report.unchanged) == (0, 1, 1)
    assert await _products(rolled_back) == [("1", "Product 1", NOW), ("2", "Renamed", NOW.replace(day=25))]


async def test_an_id_that_comes_twice_ends_as_its_last_line_and_counts_twice(tmp_path: Path, rolled_back: Connection) -> None:
    report = await service.import_products(_file(tmp_path, [_line(1), _line(2), _line(1, title="Later")]), now=NOW, source="tests")
    assert (report.created, report.updated) == (2, 1)
    assert [row[:2] for row in await _products(rolled_back)] == [("1", "Later"), ("2", "Product 2")]


async def test_a_run_that_broke_goes_on_after_its_last_batch(tmp_path: Path, rolled_back: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "BATCH_LINES", 10)
    path = _file(tmp_path, [_line(number) for number in range(35)])

    def stop(lines: int, _share: float) -> None:
        if lines == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await service.import_products(path, now=NOW, source="tests", progress=stop)
    assert len(await _products(rolled_back)) == 20
    heard: list[int] = []
    report = await service.import_products(path, now=NOW, source="tests", progress=lambda lines, _share: heard.append(lines))
    assert heard == [30, 35]
    assert (report.resumed_at, report.lines, report.created, report.unchanged) == (20, 35, 35, 0)
    assert len(await _products(rolled_back)) == 35


async def test_without_resume_a_broken_run_is_begun_anew(tmp_path: Path, rolled_back: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "BATCH_LINES", 10)
    path = _file(tmp_path, [_line(number) for number in range(15)])

    def stop(_lines: int, _share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await service.import_products(path, now=NOW, source="tests", progress=stop)
    report = await service.import_products(path, now=NOW, source="tests", resume=False)
    assert (report.resumed_at, report.created, report.unchanged) == (0, 5, 10)
    assert len(await _products(rolled_back)) == 15


async def test_a_line_of_a_gigantic_length_is_left_out_and_the_next_one_read(
    tmp_path: Path, rolled_back: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules_files, "LINE_BYTES_MAX", 1000)
    report = await service.import_products(_file(tmp_path, [_line(1), b"x" * 10_000, _line(2)]), now=NOW, source="tests")
    assert [(issue.line, issue.code) for issue in report.issues] == [(2, "line-too-long")]
    assert [row[0] for row in await _products(rolled_back)] == ["1", "2"]


async def test_an_empty_file_is_a_report_of_nothing(tmp_path: Path, rolled_back: Connection) -> None:
    report = await service.import_products(_file(tmp_path, []), now=NOW, source="tests")
    assert (report.lines, report.created, report.failed) == (0, 0, 0)
    assert await _products(rolled_back) == []


async def test_a_file_that_is_not_there_or_broken_is_named(tmp_path: Path, rolled_back: Connection) -> None:
    with pytest.raises(FileUnreadable) as caught:
        await service.import_products(tmp_path / "missing.jsonl", now=NOW)
    assert caught.value.params["name"] == "missing.jsonl"
    cut = _file(tmp_path, [_line(number) for number in range(100)], "cut.jsonl.gz")
    cut.write_bytes(cut.read_bytes()[:-20])
    with pytest.raises(FileUnreadable):
        await service.import_products(cut, now=NOW, source="tests")
    assert await _products(rolled_back) == []


async def test_two_imports_of_one_file_at_once_lose_and_double_nothing(tmp_path: Path, committed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert committed
    monkeypatch.setattr(service, "BATCH_LINES", 20)
    path = _file(tmp_path, [_line(number) for number in range(200)])
    results = await asyncio.gather(*(service.import_products(path, now=NOW, source="tests") for _ in range(3)), return_exceptions=True)
    assert all(isinstance(one, (ImportReport, ImportRunning)) for one in results), results
    assert any(isinstance(one, ImportReport) for one in results)
    async with reading() as connection:
        assert len(await _products(connection)) == 200


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.skipif(not REAL.exists(), reason="shared: the real catalogue is not beside the checkout")
async def test_the_real_catalogue_comes_in_whole_and_twice_changes_nothing(committed: Settings) -> None:
    assert committed
    report = await service.import_products(REAL, now=NOW)
    assert (report.lines, report.created, report.failed, report.warnings) == (19_406, 19_406, 0, 1)
    again = await service.import_products(REAL, now=NOW)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 19_406)
    async with reading() as connection:
        row = await connection.fetchrow(
            "SELECT count(*), count(DISTINCT brand), count(gtin), count(weight_grams), count(category_id) FROM catalogue.products WHERE source = 'icecat'"
        )
    assert row is not None
    assert tuple(row) == (19_406, 161, 19_405, 0, 0)
