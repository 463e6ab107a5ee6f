"""Owns looking at a file before anything is kept of it, and what readers of its rows share; a workbook is opened by a child process with limits."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from marketplace.kernel import files
from marketplace.kernel.errors import InvalidTransition
from marketplace.kernel.sheets_in import rules_cells, rules_heads, rules_problems, rules_reading, rules_reasons, rules_workbook
from marketplace.kernel.sheets_in.errors import ArchiveTooLarge, FileGone, FileMissing, FormatOld, WorkbookRefused
from marketplace.kernel.sheets_in.schemas import Limits, Looked

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from uuid import UUID

    from marketplace.kernel.settings import Settings
    from marketplace.kernel.sheets_in.schemas import Layout, Sent

CONVERT_SECONDS_MAX = 90
CONVERTED_BYTES_MAX = 80_000_000
BEGINNING_BYTES = 512
# What others do with rows, heads, cells and reasons.
reason = rules_reasons.reason
rows, inspected, format_of = rules_reading.rows, rules_reading.inspected, rules_reading.format_of
name_key, checked_head, guessed = rules_heads.name_key, rules_heads.checked_head, rules_heads.guessed
fingerprint, fitted, check_columns = rules_heads.fingerprint, rules_heads.fitted, rules_heads.check_columns
number, moment, remembered, CellIsBad = rules_cells.number, rules_cells.moment, rules_cells.remembered, rules_cells.CellIsBad
problem_of, word_problem, told = rules_problems.problem_of, rules_problems.word_problem, rules_problems.told
NUMBER_LOCALES, DATE_LOCALES = rules_cells.NUMBER_LOCALES, rules_cells.DATE_LOCALES


def limits_of(settings: Settings) -> Limits:
    """Give how much a file may hold over HTTP."""
    return Limits(rows=settings.import_rows_max, columns=settings.import_columns_max, cell_characters=settings.import_cell_characters_max)


def check_state(state: str, allowed: frozenset[str], *, wanted: str) -> None:
    """Check that a file's run may go on from the state it is in. Raises: InvalidTransition."""
    if state not in allowed:
        raise InvalidTransition(current=state, wanted=wanted, extra={"current": state, "allowed": []})


async def in_turns(waiting: Iterable[UUID], advance: Callable[[UUID], Awaitable[bool]]) -> int:
    """Do the step that each run waits for, and answer how many were done. What goes wrong with one is raised after the others had their turn."""
    done, wrong = 0, None
    for run_id in waiting:
        try:
            done += await advance(run_id)
        except Exception as error:  # noqa: BLE001 - raised below
            wrong = wrong or error
    if wrong is not None:
        raise wrong
    return done


async def look(sent: Sent, *, limits: Limits) -> Looked:
    """Look at a file that came in, whole: what it is, its head and first rows. Nothing is kept of one that cannot be read.

    Raises: the errors of a file (FileEmpty, FormatUnknown, FormatOld, EncodingUnknown, LineBroken, HeadMissing, HeadDoubled, SheetTooLarge,
    ArchiveTooLarge, WorkbookRefused).
    """
    if not sent.name and not sent.content:
        raise FileMissing
    kind = rules_reading.format_of(sent.name, sent.content[:BEGINNING_BYTES])
    with tempfile.TemporaryDirectory(prefix="marketplace-import-") as folder:
        place = Path(folder) / "sent"
        place.write_bytes(sent.content)
        if kind == "xlsx":
            place = await converted(place, folder=Path(folder), name=sent.name)
        layout = await asyncio.to_thread(rules_reading.inspected, place, kind=kind, limits=limits, counts=True)
        return Looked(
            name=sent.name[-120:], sha256=hashlib.sha256(sent.content).hexdigest(), size=len(sent.content), content=place.read_bytes(), layout=layout
        )


async def converted(place: Path, *, folder: Path, name: str) -> Path:
    """Let a child process with limits turn a workbook into lines. Raises: ArchiveTooLarge, WorkbookRefused, FormatOld."""
    out = folder / "rows.jsonl"
    program = (sys.executable, "-I", str(Path(rules_workbook.__file__)), str(place), str(out))
    child = await asyncio.create_subprocess_exec(*program, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL)
    try:
        async with asyncio.timeout(CONVERT_SECONDS_MAX):
            said, _ = await child.communicate()
    except TimeoutError:
        raise ArchiveTooLarge(reason=rules_reasons.reason("slow")) from None
    finally:
        if child.returncode is None:
            with suppress(ProcessLookupError):
                child.kill()
            await child.wait()
    told: dict[str, Any] = json.loads(said) if said else {"kind": "too-large", "reason": "died"}
    if told.get("kind") == "too-large" or (out.exists() and out.stat().st_size > CONVERTED_BYTES_MAX):
        raise ArchiveTooLarge(reason=rules_reasons.reason(told.get("reason", "text"), **told.get("params", {})))
    if told.get("kind") == "old":
        raise FormatOld(name=name[-60:])
    if "rows" not in told:
        raise WorkbookRefused(reason=rules_reasons.reason(told["reason"], **told.get("params", {})))
    return out


def kept(file_key: str) -> Path:
    """Find a file that was taken in. Raises: FileGone."""
    place = files.path(file_key) if file_key else None
    if place is None or not place.exists():
        raise FileGone
    return place


async def layout_of(place: Path, *, folder: Path, limits: Limits) -> tuple[Path, Layout, str]:
    """Look at a file that lies on this machine, however large: where its rows are read from, its layout and its sha256. Raises: as `look`."""
    with place.open("rb") as opened:
        kind = rules_reading.format_of(place.name, opened.read(BEGINNING_BYTES))
        opened.seek(0)
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    source = await converted(place, folder=folder, name=place.name) if kind == "xlsx" else place
    return source, rules_reading.inspected(source, kind=kind, limits=limits, counts=False), digest
