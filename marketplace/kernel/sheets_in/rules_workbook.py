"""Owns opening a workbook (.xlsx) that nobody trusts: its archive is looked at first, and only a child process with limits parses it.

Run as a program of its own, `rules_workbook.py IN OUT`, it writes one JSON array a row and says on standard output, in one line of JSON, what was
wrong. It therefore imports nothing of the house.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import resource
import stat
import sys
import zipfile
from pathlib import Path
from typing import Any

ENTRIES_MAX = 1000
RATIO_MAX = 100
UNPACKED_BYTES_MAX = 200_000_000
# A ratio says little of a few kilobytes: an empty sheet packs well.
RATIO_FROM_BYTES = 1_000_000
MEMORY_BYTES_MAX = 2_000_000_000
CPU_SECONDS_MAX = 60
NESTED = re.compile(r"\.(zip|xlsx|xlsm|xls|docx|pptx|jar|7z|rar|gz|tar)$", re.IGNORECASE)
FORMULA = re.compile(rb"<(?:\w+:)?c\b[^>]*?\br=\"([A-Z]{1,3}[0-9]+)\"[^>]*>(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?f[\s>/]", re.DOTALL)
ANY_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
READ_BYTES = 1 << 20


class Refused(Exception):
    """The workbook is not opened; the arguments are a kind ("too-large", "refused" or "old"), the code of the reason, and what its words name."""


def check_archive(place: Path) -> None:
    """Look at a workbook's archive without unpacking it. Raises: Refused."""
    try:
        with zipfile.ZipFile(place) as archive:
            entries = archive.infolist()
            _check_sizes(entries)
            for entry in entries:
                _check_name(entry)
            _check_overlaps(entries)
            _check_parts(archive, {entry.filename for entry in entries})
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise Refused("refused", "archive-unreadable", {"value": type(error).__name__}) from None


def _check_sizes(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > ENTRIES_MAX:
        raise Refused("too-large", "parts", {"limit": ENTRIES_MAX})
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > UNPACKED_BYTES_MAX:
        raise Refused("too-large", "unpacked", {"limit": UNPACKED_BYTES_MAX // 1_000_000})
    for entry in entries:
        if entry.file_size > RATIO_FROM_BYTES and entry.file_size > RATIO_MAX * max(entry.compress_size, 1):
            raise Refused("too-large", "ratio", {"limit": RATIO_MAX})


def _check_name(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    if name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) or ":" in name or "\x00" in name:
        raise Refused("refused", "path")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise Refused("refused", "link")
    if entry.flag_bits & 0x1:
        raise Refused("old", "password")
    if NESTED.search(name):
        raise Refused("refused", "nested")


def _check_overlaps(entries: list[zipfile.ZipInfo]) -> None:
    end = 0
    for entry in sorted(entries, key=lambda one: one.header_offset):
        if entry.header_offset < end:
            raise Refused("too-large", "overlap")
        end = entry.header_offset + 30 + len(entry.filename.encode()) + entry.compress_size


def _check_parts(archive: zipfile.ZipFile, names: set[str]) -> None:
    if any(name.casefold().endswith("vbaproject.bin") for name in names):
        raise Refused("old", "macros")
    if any("externallinks/" in name.casefold() for name in names):
        raise Refused("refused", "links-out")
    if any("/embeddings/" in name.casefold() for name in names):
        raise Refused("refused", "embedded")
    if "xl/workbook.xml" not in names:
        raise Refused("refused", "no-sheets")
    book = archive.read("xl/workbook.xml")
    if re.search(rb"state\s*=\s*[\"'](hidden|veryHidden)[\"']", book):
        raise Refused("refused", "hidden")
    if b"<!DOCTYPE" in book or b"<!ENTITY" in book:
        raise Refused("refused", "entities")
    for name in sorted(names):
        if name.startswith("xl/worksheets/") and name.endswith(".xml"):
            _check_formulas(archive, name)


def _check_formulas(archive: zipfile.ZipFile, name: str) -> None:
    """Read a sheet in pieces and find formulas: their last result is not what the file says, and nothing here works them out."""
    kept = b""
    read = 0
    with archive.open(name) as opened:
        while piece := opened.read(READ_BYTES):
            read += len(piece)
            if read > UNPACKED_BYTES_MAX:
                raise Refused("too-large", "sheet-large")
            text = kept + piece
            if ANY_FORMULA.search(text):
                found = FORMULA.search(text)
                raise Refused("refused", "formula", {"value": found.group(1).decode()}) if found else Refused("refused", "formulas")
            kept = text[-4096:]


def cell_of(value: Any) -> Any:
    """Give a cell as JSON: texts, whole numbers as such, other numbers, truths, dates as ["d", ISO]."""
    if value is None or value == "":
        return None
    if isinstance(value, bool | str | int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    if isinstance(value, dt.datetime):
        return ["d", value.date().isoformat() if value.time() == dt.time() else value.isoformat()]
    if isinstance(value, dt.date):
        return ["d", value.isoformat()]
    return str(value)


def convert(place: Path, out: Path) -> int:
    """Write the first sheet's rows as JSON arrays, a blank line for a blank row, and give how many. Raises: Refused."""
    from python_calamine import CalamineWorkbook  # noqa: PLC0415 - only after the limits are set

    check_archive(place)
    book = CalamineWorkbook.from_path(str(place))
    if not book.sheet_names:
        raise Refused("refused", "no-sheets")
    sheet = book.get_sheet_by_index(0)
    count = 0
    with out.open("w", encoding="utf-8") as opened:
        for row in sheet.to_python(skip_empty_area=False):
            cells = [cell_of(value) for value in row]
            while cells and cells[-1] is None:
                cells.pop()
            opened.write(json.dumps(cells, ensure_ascii=False) if cells else "")
            opened.write("\n")
            count += 1
    return count


def main() -> int:
    """Convert under limits of memory and processor time, and tell what came of it in one line."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS_MAX, CPU_SECONDS_MAX))
    resource.setrlimit(resource.RLIMIT_FSIZE, (UNPACKED_BYTES_MAX * 2, UNPACKED_BYTES_MAX * 2))
    try:
        told: dict[str, Any] = {"rows": convert(Path(sys.argv[1]), Path(sys.argv[2]))}
    except Refused as refused:
        told = {"kind": refused.args[0], "reason": refused.args[1], "params": refused.args[2] if len(refused.args) > 2 else {}}  # noqa: PLR2004 - the third is what the words name
    except MemoryError:
        told = {"kind": "too-large", "reason": "memory"}
    except Exception as error:  # noqa: BLE001 - whatever a broken workbook makes the parser raise is an answer, not a crash
        told = {"kind": "refused", "reason": "broken", "params": {"value": type(error).__name__}}
    sys.stdout.write(json.dumps(told))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
