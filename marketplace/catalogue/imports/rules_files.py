"""Owns going through a file of products in batches and in constant memory: JSON lines of Icecat's layout, or the rows of a sheet under a mapping."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from itertools import islice
from typing import IO, TYPE_CHECKING, Any, cast

import msgspec

from marketplace.catalogue.imports import rules, rules_columns
from marketplace.catalogue.imports.errors import FileUnreadable
from marketplace.catalogue.imports.rules_rows import issue, row_key
from marketplace.catalogue.imports.schemas import Issue, ParsedLine
from marketplace.kernel.i18n import lazy
from marketplace.kernel.sheets_in import service as sheets_in
from marketplace.kernel.sheets_in.schemas import Layout, Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from marketplace.catalogue.imports.rules_rows import Reader
    from marketplace.catalogue.imports.schemas import Said

    Gtin = Callable[[str], str | None]

LINE_BYTES_MAX = 1_000_000
GZIP_MAGIC = b"\x1f\x8b"
LOOKED_AT = 100
NAMES_SHOWN = 40
UNLIMITED = Limits(rows=0)


def sha256_of(file: Path) -> str:
    """Give the digest of a file's content. Raises: FileUnreadable."""
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise FileUnreadable(name=file.name, reason=error.strerror or str(error)) from None


def lines(file: Path) -> Iterator[tuple[int, bytes | None, float]]:
    """Read line by line in constant memory: (number, bytes or None for a line that is too long, share of the file read). Raises: FileUnreadable."""
    size = file.stat().st_size or 1
    number = 0
    try:
        with file.open("rb") as opened:
            is_gzip = opened.read(2) == GZIP_MAGIC
            opened.seek(0)
            stream = cast("IO[bytes]", gzip.GzipFile(fileobj=opened)) if is_gzip else opened
            while raw := stream.readline(LINE_BYTES_MAX + 1):
                number += 1
                is_long = len(raw) > LINE_BYTES_MAX
                while is_long and not raw.endswith(b"\n") and (rest := stream.readline(LINE_BYTES_MAX)):
                    raw = rest
                yield number, None if is_long else raw, min(1.0, opened.tell() / size)
    except (OSError, EOFError, zlib.error) as error:
        raise FileUnreadable(name=file.name, reason=str(error)) from None


def icecat_head(file: Path) -> tuple[str, ...] | None:
    """Give the names in the first object of JSON lines of Icecat's layout; None for another layout, () where no line is an object. Raises: FileUnreadable."""
    for _, raw, _ in islice(lines(file), LOOKED_AT):
        try:
            found: Any = msgspec.json.decode((raw or b"").removeprefix(b"\xef\xbb\xbf"))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        if isinstance(found, dict):
            return tuple(found) if rules_columns.is_icecat(tuple(found)) else None
    return ()


def icecat_layout(file: Path, head: tuple[str, ...], *, counts: bool = True) -> Layout:
    """Give the layout of JSON lines of Icecat's; with `counts`, with as many rows as it has lines."""
    return Layout(format="jsonl", head=head[:NAMES_SHOWN], rows=sum(1 for _ in lines(file)) if counts else 0, line=0)


def icecat_batches(file: Path, *, source: str, gtin14: Gtin, size: int, after: int) -> Iterator[tuple[list[ParsedLine], int, float]]:
    """Give the parsed lines behind `after` in batches, each with the line up to which it reaches and the share of the file.

    An id that comes a second time begins a new batch, so that the later line brings the earlier one up to date and each counts.
    """
    batch: list[ParsedLine] = []
    seen: set[str] = set()
    number, share = 0, 0.0
    for number, raw, share in lines(file):
        if number <= after:
            continue
        parsed = _parsed(raw, line=number, source=source, gtin14=gtin14)
        if parsed is None:
            continue
        source_id = parsed.product.source_id if parsed.product is not None else ""
        if len(batch) >= size or (source_id and source_id in seen):
            yield batch, number - 1, share
            batch, seen = [], set()
        batch.append(parsed)
        seen.add(source_id)
    if number > after:
        yield batch, number, 1.0


def _parsed(raw: bytes | None, *, line: int, source: str, gtin14: Gtin) -> ParsedLine | None:
    if raw is None:
        return ParsedLine(None, (Issue(line, "line-too-long", lazy("The line is longer than {limit} bytes."), {"limit": LINE_BYTES_MAX}),), line)
    stripped = raw.removeprefix(b"\xef\xbb\xbf").strip() if line == 1 else raw.strip()
    return rules.parse_line(stripped, line=line, source=source, gtin14=gtin14) if stripped else None


def sheet_batches(place: Path, *, layout: Layout, reader: Reader, size: int, after: int) -> Iterator[tuple[list[Said], int, float]]:
    """Give what the rows behind line `after` say, in batches as above. A row whose id came before is an error.

    Ids are remembered as eight bytes each, so that a million of them take some 70 MB. Raises: the errors of a file.
    """
    seen: set[int] = set()
    batch: list[Said] = []
    count = 0
    for line, row in sheets_in.rows(place, layout=layout, limits=UNLIMITED):
        said = reader.said(line, row)
        if said.source_id:
            key = int.from_bytes(hashlib.blake2b(row_key(said.source, said.source_id).encode(), digest_size=8).digest())
            if key in seen:
                twice = issue(line, "duplicate", source_id=said.source_id, column=reader.head_of("source_id"), value=said.source_id)
                said = msgspec.structs.replace(said, issues=(*said.issues, twice))
            seen.add(key)
        count += 1
        if line <= after:
            continue
        batch.append(said)
        if len(batch) >= size:
            yield batch, line, count / layout.rows if layout.rows else 0.0
            batch = []
    if batch:
        yield batch, batch[-1].line, 1.0


def decompressed(file: Path, folder: Path) -> Path:
    """Give the file itself, or what a gzipped one holds, in a folder of ours. Raises: FileUnreadable."""
    with file.open("rb") as opened:
        if opened.read(2) != GZIP_MAGIC:
            return file
    place = folder / file.name.removesuffix(".gz")
    with place.open("wb") as out:
        for _, raw, _ in lines(file):
            out.write(raw if raw is not None else b"\n")
    return place
