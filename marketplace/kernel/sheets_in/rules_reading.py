"""Owns reading files of offers: which kind they are, in which letters, by which sign their cells are parted, and row after row in constant memory."""

from __future__ import annotations

import csv
import io
import json
import re
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO

from marketplace.kernel.sheets_in import rules_heads
from marketplace.kernel.sheets_in.errors import EncodingUnknown, FileEmpty, FormatOld, FormatUnknown, LineBroken, SheetTooLarge
from marketplace.kernel.sheets_in.rules_reasons import reason
from marketplace.kernel.sheets_in.schemas import Layout, Limits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from marketplace.kernel.sheets_in.schemas import Cell
    from marketplace.kernel.wording import Phrase

FORMATS = {"csv": "csv", "tsv": "csv", "txt": "csv", "jsonl": "jsonl", "ndjson": "jsonl", "xlsx": "xlsx"}
OLD = frozenset({"xls", "xlsm", "xlsb", "xltm", "xlt", "xla", "xlam"})
ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
NOT_TEXT = (ZIP_MAGIC, OLE_MAGIC, b"%PDF", b"\x1f\x8b", b"\x89PNG", b"\xff\xd8\xff")
BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
DELIMITERS = ",;\t|"
SEPARATOR = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)
SAMPLES = 5
SAMPLE_CHARACTERS = 60
LOOKED_AT_LINES = 6
JSON_HEAD_LINES = 1000
_HALF_LETTER = re.compile(r"[\ud800-\udfff]")
Row = tuple[int, list["Cell"]]


def format_of(name: str, beginning: bytes) -> str:
    """Tell whether a file is csv, jsonl or xlsx, by its name and its first bytes, which must agree (ASVS 5.2.2).

    Raises: FileEmpty, FormatOld for .xls, .xlsm and what has a password, FormatUnknown.
    """
    suffix = name.rpartition(".")[2].casefold() if "." in name else ""
    shown = name[-60:]
    if not beginning.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00"):
        raise FileEmpty
    if suffix in OLD or (suffix == "xlsx" and beginning.startswith(OLE_MAGIC)):
        # A workbook with a password is an old container around the new one.
        raise FormatOld(name=shown)
    found = FORMATS.get(suffix, "")
    is_zip = beginning.startswith(ZIP_MAGIC)
    if not found or is_zip != (found == "xlsx") or (found != "xlsx" and beginning.startswith(NOT_TEXT)):
        raise FormatUnknown(name=shown)
    first = beginning.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if (found == "jsonl") != (first == b"{") and found != "xlsx":
        raise FormatUnknown(name=shown)
    return found


def inspected(path: Path, *, kind: str, limits: Limits, counts: bool) -> Layout:
    """Look at a file: letters, parting sign, head and first rows; with `counts` read it whole, so that all that cannot be read is known now.

    A workbook is looked at as the lines that `rules_workbook` has made of it. Raises: FileEmpty, HeadMissing, HeadDoubled, EncodingUnknown,
    LineBroken, SheetTooLarge.
    """
    layout = _csv_layout(path, limits) if kind == "csv" else _json_layout(path, limits, is_workbook=kind == "xlsx")
    samples: list[tuple[str, ...]] = []
    number = 0
    for _, row in rows(path, layout=layout, limits=limits):
        number += 1
        if len(samples) < SAMPLES:
            samples.append(tuple(_shown(cell) for cell in row))
        elif not counts:
            break
    return Layout(
        format=layout.format,
        head=layout.head,
        encoding=layout.encoding,
        delimiter=layout.delimiter,
        line=layout.line,
        rows=number if counts else 0,
        samples=tuple(samples),
    )


def _shown(cell: Cell) -> str:
    text = str(cell[1]) if isinstance(cell, list) else "" if cell is None else str(cell)
    return text[:SAMPLE_CHARACTERS]


def rows(path: Path, *, layout: Layout, limits: Limits) -> Iterator[Row]:
    """Give (line, cells) of every row after the head; blank lines are passed over. Raises: EncodingUnknown, LineBroken, SheetTooLarge."""
    reading = _csv_rows(path, layout, limits) if layout.format == "csv" else _json_rows(path, layout)
    number = 0
    for line, row in reading:
        if line <= layout.line:
            continue
        number += 1
        if limits.rows and number > limits.rows:
            raise SheetTooLarge(limit=limits.rows, what=reason("rows"))
        yield line, row


def _csv_layout(path: Path, limits: Limits) -> Layout:
    with path.open("rb") as opened:
        beginning = opened.read(4)
    encoding = next((name for bom, name in BOMS if beginning.startswith(bom)), "utf-8")
    with _text(path, encoding) as opened:
        first = _first_lines(opened, path, encoding)
    named = SEPARATOR.fullmatch(first[0]) if first else None
    line = 2 if named else 1
    text = "".join(first[line - 1 :])
    if not text.strip():
        raise FileEmpty
    delimiter = named.group(1) if named else _delimiter(text)
    found = next(_parsed(iter(text.splitlines(keepends=True)), delimiter, limits), None)
    if found is None or not any(cell.strip() for cell in found[1]):
        raise FileEmpty
    if len(found[1]) > limits.columns:
        raise SheetTooLarge(limit=limits.columns, what=reason("columns"))
    head = rules_heads.checked_head(found[1])
    return Layout(format="csv", head=head, encoding=encoding, delimiter=delimiter, line=line - 1 + found[0])


def _text(path: Path, encoding: str) -> io.TextIOWrapper:
    # Lines end at a line feed alone: a carriage return inside quotes belongs to its cell, and one outside is refused.
    return io.TextIOWrapper(path.open("rb"), encoding=encoding, errors="strict", newline="\n")


def _first_lines(opened: io.TextIOWrapper, path: Path, encoding: str) -> list[str]:
    try:
        return [line for _, line in zip(range(LOOKED_AT_LINES), opened, strict=False)]
    except UnicodeError:
        raise _undecodable(path, encoding) from None


def _delimiter(text: str) -> str:
    """Find the sign that parts cells: the one that makes most columns of the head, and as many of the rows after it."""

    def widths(sign: str) -> list[int]:
        try:
            return [len(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=sign)]
        except csv.Error:
            return [0]

    best = max(DELIMITERS, key=lambda sign: ((found := widths(sign) or [0])[0], sum(width == found[0] for width in found), -DELIMITERS.index(sign)))
    return best if (widths(best) or [0])[0] > 1 else ","


def _parsed(lines: Iterator[str], delimiter: str, limits: Limits) -> Iterator[tuple[int, list[str]]]:
    """Parse lines strictly; a row bears the number of the line it begins in. Raises: LineBroken."""
    csv.field_size_limit(limits.cell_characters)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    begun = 1
    try:
        for row in reader:
            if row:
                yield begun, row
            begun = reader.line_num + 1
    except csv.Error as error:
        raise LineBroken(line=begun, reason=_reason(str(error), limits)) from None


def _reason(text: str, limits: Limits) -> Phrase:
    if "field limit" in text:
        return reason("cell-long", limit=limits.cell_characters)
    if "unexpected end" in text:
        return reason("quote-open")
    return reason("return-inside" if "new-line" in text else "quote-inside")


def _csv_rows(path: Path, layout: Layout, limits: Limits) -> Iterator[tuple[int, list[Any]]]:
    with _text(path, layout.encoding) as opened:
        lines = _checked(opened)
        skipped = 0
        if layout.line > 1 and layout.delimiter:
            first = next(lines, "")
            skipped = 1 if SEPARATOR.fullmatch(first) else 0
            if not skipped:
                lines = _again(first, lines)
        try:
            for line, row in _parsed(lines, layout.delimiter, limits):
                yield line + skipped, row
        except UnicodeError:
            raise _undecodable(path, layout.encoding) from None


def _again(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _checked(opened: io.TextIOWrapper) -> Iterator[str]:
    for number, line in enumerate(opened, 1):
        if "\x00" in line:
            raise LineBroken(line=number, reason=reason("nul"))
        yield line


def _undecodable(path: Path, encoding: str) -> EncodingUnknown:
    """Find the first line and byte that are no letters of the encoding; only after reading has failed."""
    if encoding == "utf-16":
        return EncodingUnknown(line=1, byte=path.stat().st_size)
    offset = 0
    with path.open("rb") as opened:
        for number, raw in enumerate(opened, 1):
            try:
                raw.decode("utf-8")
            except UnicodeDecodeError as error:
                return EncodingUnknown(line=number, byte=offset + error.start + 1)
            offset += len(raw)
    return EncodingUnknown(line=1, byte=1)


def _json_layout(path: Path, limits: Limits, *, is_workbook: bool) -> Layout:
    head: tuple[str, ...] = ()
    with path.open("rb") as opened:
        lines = _json_lines(opened)
        line, found = next(lines, (1, ()))
        if is_workbook:
            head = tuple("" if cell is None else str(cell) for cell in found)
        elif isinstance(found, dict):
            # What the first offer does not say, a later one may.
            later = (names for _, names in islice(lines, JSON_HEAD_LINES) if isinstance(names, dict))
            head = tuple(dict.fromkeys([*found, *(name for names in later for name in names)]))
    while head and not head[-1].strip():
        # A workbook keeps columns that once had something in them.
        head = head[:-1]
    if not head:
        raise FileEmpty
    if len(head) > limits.columns:
        raise SheetTooLarge(limit=limits.columns, what=reason("columns"))
    names = rules_heads.checked_head(head)
    return Layout(format="xlsx" if is_workbook else "jsonl", head=names, line=line if is_workbook else line - 1)


def _json_rows(path: Path, layout: Layout) -> Iterator[Row]:
    """Give the rows of JSON lines: of objects the values in the order of the head, of a workbook its cells."""
    width = len(layout.head)
    names = {rules_heads.name_key(name): place for place, name in enumerate(layout.head)}
    with path.open("rb") as opened:
        for line, found in _json_lines(opened):
            if layout.format == "xlsx":
                # The child leaves blank cells at the end of a row out.
                yield line, found + [None] * (width - len(found))
                continue
            if not isinstance(found, dict):
                raise LineBroken(line=line, reason=reason("not-object"))
            row: list[Cell] = [None] * width
            for name, value in found.items():
                place = names.get(rules_heads.name_key(name))
                if place is None:
                    # One cell too many says that the row does not fit the head.
                    row.append(name)
                else:
                    row[place] = json.dumps(value) if isinstance(value, dict | list) else value
            yield line, row


def _json_lines(opened: BinaryIO) -> Iterator[tuple[int, Any]]:
    for number, raw in enumerate(opened, 1):
        stripped = raw.removeprefix(b"\xef\xbb\xbf").strip() if number == 1 else raw.strip()
        if not stripped:
            continue
        try:
            found = json.loads(stripped.decode("utf-8"), object_pairs_hook=_pairs, parse_constant=_no_number)
        except UnicodeDecodeError as error:
            raise EncodingUnknown(line=number, byte=error.start + 1) from None
        except (ValueError, RecursionError):
            raise LineBroken(line=number, reason=reason("not-json")) from None
        if b"\\u" in stripped:
            # Only an escape brings in what is no letter of UTF-8 or of the database.
            _check_letters(found, number)
        yield number, found


def _check_letters(found: Any, line: int) -> None:
    """Look at every name and value, however deep. Raises: LineBroken for a NUL and for a surrogate without its other half."""
    left = [found]
    while left:
        one = left.pop()
        if isinstance(one, str):
            if "\x00" in one:
                raise LineBroken(line=line, reason=reason("nul"))
            if _HALF_LETTER.search(one):
                raise LineBroken(line=line, reason=reason("half-letter"))
        elif isinstance(one, dict):
            left += [*one, *one.values()]
        elif isinstance(one, list):
            left += one


def _pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(found)
    if len(made) != len(found):
        raise ValueError("a name comes twice")
    return made


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number of JSON")
