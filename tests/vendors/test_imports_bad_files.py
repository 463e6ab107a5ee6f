"""Tests of files that cannot be read: each is answered clearly, and nothing is kept of it. The rows are those of the table of bad inputs."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING

import pytest

from marketplace.kernel import spreadsheet, wording
from marketplace.kernel.sheets_in import rules_workbook
from marketplace.kernel.sheets_in import service as sheets_in
from marketplace.kernel.sheets_in.errors import (
    ArchiveTooLarge,
    EncodingUnknown,
    FileEmpty,
    FileMissing,
    FormatOld,
    FormatUnknown,
    HeadDoubled,
    HeadMissing,
    LineBroken,
    SheetTooLarge,
    WorkbookRefused,
)
from marketplace.kernel.sheets_in.rules_reasons import REASONS, reason
from marketplace.kernel.sheets_in.schemas import Limits, Sent
from tests.conftest import NOW
from tests.vendors import feed, market
from vendors.imports import service

if TYPE_CHECKING:
    from pathlib import Path

    from marketplace.kernel.database import Connection
    from marketplace.kernel.errors import DomainError

HEAD = b"sku,price\n"
BOM8, BOM16 = b"\xef\xbb\xbf", b"\xff\xfe"
BAD: dict[str, tuple[str, bytes, type[DomainError]]] = {
    "nothing at all": ("a.csv", b"", FileEmpty),
    "spaces and lines alone": ("a.csv", b" \r\n\n\t\n", FileEmpty),
    "only a mark of UTF-8": ("a.csv", BOM8, FileEmpty),
    "only a mark of UTF-16": ("a.csv", BOM16, FileEmpty),
    "no head": ("a.csv", b"1001,12.50\n1002,3\n", HeadMissing),
    "no head, with letters": ("a.csv", b"NORD-1,12.50\nNORD-2,3\n", HeadMissing),
    "a blank head": ("a.csv", b"sku,,price\n1,2,3\n", HeadMissing),
    "two heads alike": ("a.csv", b"sku,price,sku\n1,2,3\n", HeadDoubled),
    "two heads that differ in case and spaces": ("a.csv", b"sku,Unit Price,unit_price\n1,2,3\n", HeadDoubled),
    "a byte that is no letter": ("a.csv", HEAD + b"H-\xfc,1\n", EncodingUnknown),
    "letters of Windows in the third line": ("a.csv", HEAD + "Ö,1\n".encode() + "Ü,2\n".encode("cp1252"), EncodingUnknown),
    "half of a letter of UTF-16": ("a.csv", BOM16 + "sku,price\nH,1\n".encode("utf-16-le") + b"\x00", EncodingUnknown),
    "a NUL": ("a.csv", HEAD + b"H\x001,1\n", LineBroken),
    "a quote that is never closed": ("a.csv", HEAD + b'"H-1,1\nH-2,2\n', LineBroken),
    "a quote in the middle": ("a.csv", HEAD + b'"H"1,1\n', LineBroken),
    "a carriage return in the middle": ("a.csv", HEAD + b"H\r1,1\n", LineBroken),
    "a cell of 40,000 letters": ("a.csv", HEAD + b"H" * 40_000 + b",1\n", LineBroken),
    "201 columns": ("a.csv", ",".join(f"c{n}" for n in range(201)).encode() + b"\n", SheetTooLarge),
    "ten thousand columns": ("a.csv", ",".join(f"c{n}" for n in range(10_000)).encode() + b"\n", SheetTooLarge),
    "a workbook called CSV": ("a.csv", b"PK\x03\x04" + b"0" * 100, FormatUnknown),
    "text called workbook": ("a.xlsx", HEAD, FormatUnknown),
    "lines called CSV": ("a.csv", b'{"sku": "1"}\n', FormatUnknown),
    "CSV called lines": ("a.jsonl", HEAD, FormatUnknown),
    "a PDF": ("a.csv", b"%PDF-1.7\n", FormatUnknown),
    "no ending": ("offers", HEAD, FormatUnknown),
    "an image": ("a.png", b"\x89PNG\r\n", FormatUnknown),
    "an old workbook": ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 50, FormatOld),
    "a workbook with a password": ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 50, FormatOld),
    "a workbook for macros": ("a.xlsm", b"PK\x03\x04" + b"0" * 50, FormatOld),
    "broken JSON": ("a.jsonl", b'{"sku": "1"}\n{"sku": \n', LineBroken),
    "JSON that is a list": ("a.jsonl", b'{"sku": "1"}\n[1, 2]\n', LineBroken),
    "a name that comes twice": ("a.jsonl", b'{"sku": "1", "sku": "2"}\n', LineBroken),
    "no number": ("a.jsonl", b'{"sku": "1", "price": NaN}\n', LineBroken),
    "JSON with a NUL": ("a.jsonl", b'{"sku": "1\\u0000"}\n', LineBroken),
    "a name with a NUL": ("a.jsonl", b'{"s\\u0000ku": "1"}\n', LineBroken),
    "a NUL deep inside": ("a.jsonl", b'{"sku": "1", "a": [{"b": "\\u0000"}]}\n', LineBroken),
    "half of a letter in JSON": ("a.jsonl", b'{"sku": "\\ud800x"}\n', LineBroken),
    "half of a letter in a name": ("a.jsonl", b'{"sku": "1", "a\\ud800b": 1}\n', LineBroken),
    "half of a letter deep inside": ("a.jsonl", b'{"sku": "1", "a": {"b": ["\\udc00"]}}\n', LineBroken),
    "half of a letter far below": ("a.jsonl", b'{"sku": "1"}\n' * 40 + b'{"sku": "\\ud800x"}\n', LineBroken),
    "JSON that nests without end": ("a.jsonl", b'{"sku": "1"}\n' + b"[" * 100_000 + b"\n", LineBroken),
    "an empty object": ("a.jsonl", b"{}\n", FileEmpty),
    "half a workbook": ("a.xlsx", b"PK\x03\x04" + b"0" * 300, WorkbookRefused),
}


@pytest.mark.parametrize("name, content, error", BAD.values(), ids=BAD.keys())
async def test_a_file_that_cannot_be_read_is_refused_by_name(name: str, content: bytes, error: type[DomainError]) -> None:
    with pytest.raises(error):
        await service.look(Sent(name=name, content=content), limits=feed.LIMITS)


async def test_no_file_at_all_is_told() -> None:
    with pytest.raises(FileMissing):
        await service.look(Sent(name="", content=b""), limits=feed.LIMITS)


async def test_the_line_and_byte_that_are_no_letters_are_named() -> None:
    with pytest.raises(EncodingUnknown) as refused:
        await service.look(Sent(name="a.csv", content=HEAD + b"H-1,1\nH-\xfc,2\n"), limits=feed.LIMITS)
    assert refused.value.params == {"line": 3, "byte": len(HEAD) + 6 + 3}


async def test_the_line_of_a_quote_that_is_never_closed_is_named() -> None:
    with pytest.raises(LineBroken) as refused:
        await service.look(Sent(name="a.csv", content=HEAD + b'H-1,1\n"H-2,2\nH-3,3\n'), limits=feed.LIMITS)
    assert refused.value.params["line"] == 3


@pytest.mark.parametrize("broken", [1, 2, 3, 300, 1000, 1001, 1002, 1500])
@pytest.mark.parametrize("before", ["", "\n\n"])
async def test_the_line_of_json_that_cannot_be_read_is_named(broken: int, before: str) -> None:
    lines = ['{"sku": "H-1"}\n'] * 1600
    lines[broken - 1] = '{"sku": \n'
    with pytest.raises(LineBroken) as refused:
        await service.look(Sent(name="a.jsonl", content=(before + "".join(lines)).encode()), limits=feed.LIMITS)
    assert refused.value.params["line"] == broken + len(before)


async def test_more_rows_than_the_limit_are_refused() -> None:
    with pytest.raises(SheetTooLarge) as refused:
        await service.look(Sent(name="a.csv", content=HEAD + b"H,1\n" * 11), limits=Limits(rows=10))
    assert (refused.value.status, refused.value.params) == (413, {"limit": 10, "what": wording.Phrase("rows")})


READ = {
    "UTF-8 with its mark": (BOM8 + "sku,price\nÖl,1\n".encode(), [("Öl", "1")]),
    "UTF-16 with its mark": ("sku,price\nÖl,1\n".encode("utf-16"), [("Öl", "1")]),
    "semicolons": (b"sku;price\nH;1\n", [("H", "1")]),
    "semicolons that are named": (b"sep=;\r\nsku;price\r\nH,1;2\r\n", [("H,1", "2")]),
    "tabs": (b"sku\tprice\nH\t1\n", [("H", "1")]),
    "pipes": (b"sku|price\nH|1\n", [("H", "1")]),
    "a line break inside a cell": (b'sku,price\n"H\r\n1",2\n', [("H\r\n1", "2")]),
    "no line break at the end": (b"sku,price\nH,1", [("H", "1")]),
    "blank lines between": (b"sku,price\n\nH,1\n\n\nI,2\n", [("H", "1"), ("I", "2")]),
}


@pytest.mark.parametrize("content, rows", READ.values(), ids=READ.keys())
async def test_a_file_is_read_in_its_own_letters_and_signs(content: bytes, rows: list[tuple[str, ...]]) -> None:
    looked = await service.look(Sent(name="a.csv", content=content), limits=feed.LIMITS)
    assert (looked.layout.head, list(looked.layout.samples), looked.layout.rows) == (("sku", "price"), rows, len(rows))


async def test_a_letter_of_two_halves_and_a_written_escape_are_read() -> None:
    content = b'{"sku": "\\ud83d\\ude00", "note": "C:\\\\u0000"}\n'
    looked = await service.look(Sent(name="a.jsonl", content=content), limits=feed.LIMITS)
    assert looked.layout.samples == (("\U0001f600", "C:\\u0000"),)


@pytest.mark.parametrize("locale", ["vi", "ar"])
@pytest.mark.parametrize("code", list(REASONS))
def test_the_reason_is_told_in_the_readers_language(code: str, locale: str) -> None:
    told = wording.word("{reason}", {"reason": reason(code, limit=1000, value="B2")}, locale)
    assert told not in {REASONS[code], wording.word("{reason}", {"reason": reason(code, limit=1000, value="B2")}, "en")}
    assert "{" not in told
    assert ("B2" in told) == ("{value}" in REASONS[code])


# Workbooks


def book(**parts: bytes) -> bytes:
    """Make a small workbook and put further parts into its archive, by path with slashes as double underscores."""
    made = spreadsheet.xlsx_bytes(sheet="Offers", rows=[["sku", "price"], ["H-1", 5]])
    out = io.BytesIO(made)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/"), content)
    return out.getvalue()


def changed(part: str, old: bytes, new: bytes) -> bytes:
    """Make a small workbook and change a part of it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book())) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in source.infolist():
            content = source.read(entry)
            archive.writestr(entry.filename, content.replace(old, new) if entry.filename == part else content)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
REFUSED: dict[str, tuple[bytes, type[DomainError], str]] = {
    "a formula": (changed(SHEET, b"<v>5</v>", b"<f>1+4</f><v>5</v>"), WorkbookRefused, "cell B2 has a formula"),
    "a call of another program": (changed(SHEET, b"<v>5</v>", b"<f>cmd|'/c calc'!A0</f><v>5</v>"), WorkbookRefused, "cell B2 has a formula"),
    "macros": (book(xl__vbaProject_bin=b"").replace(b"vbaProject_bin", b"vbaProject.bin"), FormatOld, ""),
    "links to other files": (book(xl__externalLinks__externalLink1_xml=b"<x/>"), WorkbookRefused, "it links to other files"),
    "files inside": (book(xl__embeddings__object1_txt=b"x"), WorkbookRefused, "it has other files inside"),
    "a hidden sheet": (changed("xl/workbook.xml", b"<sheet ", b'<sheet state="hidden" '), WorkbookRefused, "it has hidden sheets"),
    "another archive inside": (book(**{"xl__more.zip": b"PK\x03\x04"}), WorkbookRefused, "it has another archive inside"),
    "a path that leads up": (book(**{"..__..__etc__passwd": b"x"}), WorkbookRefused, "a part of it has a path that leads elsewhere"),
    "an absolute path": (book(__etc__passwd=b"x"), WorkbookRefused, "a part of it has a path that leads elsewhere"),
    "a part that unpacks to 300 times its size": (book(xl__media__x_bin=b"0" * 3_000_000), ArchiveTooLarge, "a part of it unpacks to more than 100 times its size"),
    "a thousand parts": (book(**{f"xl__p{n}.xml": b"" for n in range(1001)}), ArchiveTooLarge, "it has more than 1,000 parts"),
    "entities": (changed("xl/workbook.xml", b"<workbook", b"<!DOCTYPE a [<!ENTITY b 'c'>]><workbook"), WorkbookRefused, "its description has entities"),
    "no sheets": (book().replace(b"xl/workbook.xml", b"xl/workbooc.xml"), WorkbookRefused, "it has no sheets"),
}  # fmt: skip


@pytest.mark.parametrize("content, error, reason", REFUSED.values(), ids=REFUSED.keys())
async def test_a_workbook_with_more_than_values_is_refused(content: bytes, error: type[DomainError], reason: str) -> None:
    with pytest.raises(error) as refused:
        await service.look(Sent(name="a.xlsx", content=content), limits=feed.LIMITS)
    assert wording.word("{reason}" if reason else "", refused.value.params, "en") == reason


def test_an_archive_with_links_overlaps_or_too_much_in_it_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "a.xlsx"
    with zipfile.ZipFile(place, "w") as archive:
        link = zipfile.ZipInfo("xl/link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(rules_workbook.Refused, match="link"):
        rules_workbook.check_archive(place)
    twice = [zipfile.ZipInfo("a"), zipfile.ZipInfo("b")]
    for entry in twice:
        entry.compress_size, entry.header_offset = 100, 0
    with pytest.raises(rules_workbook.Refused, match="overlap"):
        rules_workbook._check_overlaps(twice)
    twice[0].file_size = 200_000_001
    with pytest.raises(rules_workbook.Refused, match="unpacked"):
        rules_workbook._check_sizes(twice)
    twice[0].flag_bits = 1
    with pytest.raises(rules_workbook.Refused, match="password"):
        rules_workbook._check_name(twice[0])


async def test_a_workbook_is_read_as_the_values_that_it_shows() -> None:
    rows: list[list[spreadsheet.Cell]] = [["sku", "price", "stock"], ["0012", 5, 7], ["H-1", None, 3]]
    looked = await service.look(Sent(name="a.xlsx", content=spreadsheet.xlsx_bytes(sheet="Offers", rows=rows)), limits=feed.LIMITS)
    assert looked.layout.samples == (("0012", "5", "7"), ("H-1", "", "3"))
    assert [json.loads(line) for line in looked.content.decode().splitlines()][1] == ["0012", 5, 7]


async def test_a_child_that_runs_out_of_memory_or_time_is_an_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "dies.py"
    program.write_text("import os; os.abort()")
    monkeypatch.setattr(rules_workbook, "__file__", str(program))
    with pytest.raises(ArchiveTooLarge):
        await service.look(Sent(name="a.xlsx", content=book()), limits=feed.LIMITS)
    program.write_text("import time; time.sleep(60)")
    monkeypatch.setattr(sheets_in, "CONVERT_SECONDS_MAX", 0.3)
    with pytest.raises(ArchiveTooLarge):
        await service.look(Sent(name="a.xlsx", content=book()), limits=feed.LIMITS)


async def test_a_file_that_cannot_be_read_leaves_nothing_behind(rolled_back: Connection, files: Path) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    before = await feed.state()
    with pytest.raises(HeadDoubled):
        await feed.sent(seller, "sku,SKU\n1,2\n")
    assert await feed.state() == before
    assert (await service.my_runs(actor=seller.actor))[0] == []
    assert list(files.rglob("*")) == []
    assert rolled_back
