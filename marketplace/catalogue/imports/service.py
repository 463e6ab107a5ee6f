"""Owns the import of product files: streaming, in batches of one transaction each, resumable by the file's content."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

import msgspec

from marketplace.catalogue.imports import queries, rules
from marketplace.catalogue.imports.errors import FileUnreadable, ImportRunning
from marketplace.catalogue.imports.schemas import ImportReport, Issue, ParsedLine, Run
from marketplace.catalogue.products.errors import BadGtin
from marketplace.catalogue.products.schemas import Saved
from marketplace.catalogue.products.service import create_products
from marketplace.catalogue.products.service import gtin14 as checked_gtin14
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.ids import uuid7

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

BATCH_LINES = 1000
LINE_BYTES_MAX = 1_000_000
ISSUES_SHOWN_MAX = 50
GZIP_MAGIC = b"\x1f\x8b"


async def import_products(
    path: str | Path, *, now: datetime, progress: Callable[[int, float], None] | None = None, source: str = "icecat", resume: bool = True
) -> ImportReport:
    """Bring the products of a JSON-lines file (plain or gzipped) up to date; importing the same file again changes nothing.

    A run that broke goes on at the line after its last committed batch when the same content is imported again, unless `resume` is False.
    `progress` hears the number of lines done and the share of the file read, 0 to 1.

    Raises: FileUnreadable; ImportRunning when another process imports the same content.
    """
    file = Path(path)
    digest = _sha256(file)
    run = await _run_of(file, digest, source=source, now=now, resume=resume)
    resumed_at = run.position
    for batch, position, share in _batches(file, skip=run.position, source=source):
        run = await _save(run, batch, position, now=now, name=file.name)
        if progress is not None:
            progress(run.position, share)
    async with transaction():
        await queries.finish(run.id, now=now)
        shown = await queries.issues(run.id, limit=ISSUES_SHOWN_MAX)
    return ImportReport(
        run_id=run.id,
        source=source,
        file_name=file.name,
        file_sha256=digest,
        lines=run.position,
        created=run.created,
        updated=run.updated,
        unchanged=run.unchanged,
        failed=run.failed,
        warnings=run.warnings,
        resumed_at=resumed_at,
        issues=shown,
    )


async def _run_of(file: Path, digest: str, *, source: str, now: datetime, resume: bool) -> Run:
    async with reading():
        found = await queries.unfinished(source, digest) if resume else None
    if found is not None:
        return found
    run = Run(id=uuid7(), position=0)
    async with transaction():
        await queries.start(run.id, source=source, file_name=file.name, file_sha256=digest, now=now)
    return run


async def _save(run: Run, batch: list[ParsedLine], position: int, *, now: datetime, name: str) -> Run:
    issues = [issue for parsed in batch for issue in parsed.issues]
    products = [parsed.product for parsed in batch if parsed.product is not None]
    async with transaction():
        saved = await create_products(products, now=now) if products else Saved([], [], [], [])
        moved = msgspec.structs.replace(
            run,
            position=position,
            created=run.created + len(saved.created),
            updated=run.updated + len(saved.updated),
            unchanged=run.unchanged + len(saved.unchanged),
            failed=run.failed + sum(parsed.product is None for parsed in batch),
            warnings=run.warnings + sum(issue.is_warning for issue in issues),
        )
        if issues:
            await queries.add_issues(run.id, issues)
        if not await queries.advance(run, moved):
            raise ImportRunning(name=name)
    return moved


def _sha256(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise FileUnreadable(name=file.name, reason=error.strerror or str(error)) from None


def _batches(file: Path, *, skip: int, source: str) -> Iterator[tuple[list[ParsedLine], int, float]]:
    """Give the parsed lines after the first `skip` in batches, each with the number of lines read so far and the share of the file.

    An id that comes a second time begins a new batch, so that the later line brings the earlier one up to date and each counts.
    """
    batch: list[ParsedLine] = []
    seen: set[str] = set()
    number, share = 0, 0.0
    for number, raw, share in _lines(file):
        if number <= skip:
            continue
        parsed = _parse(raw, line=number, source=source)
        if parsed is None:
            continue
        source_id = parsed.product.source_id if parsed.product is not None else ""
        if len(batch) >= BATCH_LINES or (source_id and source_id in seen):
            yield batch, number - 1, share
            batch, seen = [], set()
        batch.append(parsed)
        seen.add(source_id)
    if number > skip:
        yield batch, number, 1.0


def _parse(raw: bytes | None, *, line: int, source: str) -> ParsedLine | None:
    if raw is None:
        return ParsedLine(None, (Issue(line, "line-too-long", "The line is longer than {limit} bytes.", {"limit": LINE_BYTES_MAX}),))
    stripped = raw.removeprefix(b"\xef\xbb\xbf").strip() if line == 1 else raw.strip()
    return rules.parse_line(stripped, line=line, source=source, gtin14=_gtin14) if stripped else None


def _gtin14(text: str) -> str | None:
    try:
        return checked_gtin14(text)
    except BadGtin:
        return None


def _lines(file: Path) -> Iterator[tuple[int, bytes | None, float]]:
    """Read line by line in constant memory: (number, bytes or None for a line that is too long, share of the file read)."""
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
