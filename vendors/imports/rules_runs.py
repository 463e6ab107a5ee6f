"""Owns the pure rules of a run: how it begins, when it may be applied, and how its problem is kept."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec

from marketplace.kernel import wording
from marketplace.kernel.i18n import lazy
from marketplace.kernel.ids import uuid7
from marketplace.kernel.sheets_in import service as sheets_in
from marketplace.kernel.sheets_in.errors import ImportHasErrors
from marketplace.kernel.sheets_in.schemas import Limits
from vendors.imports import rules, rules_columns
from vendors.imports.errors import ColumnsNotAllowed, FixedUnusable, NotYourFile, PausingStopped, TooManyMissing
from vendors.imports.schemas import Choices, Counts, RunOut

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path
    from uuid import UUID

    from marketplace.kernel.actor import Actor
    from marketplace.kernel.sheets_in.schemas import Layout, Looked, Mapping
    from vendors.imports.schemas import ApplyIn, Work

MISSING_PERCENT_MAX = 20
# What a role may change by hand, it may change by a file; the rest only says which offer is meant.
KEEPERS = frozenset({"owner", "admin", "catalogue", "sales"})
COUNTERS = frozenset({"owner", "admin", "catalogue", "fulfilment"})
GIVERS_UP = frozenset({"owner", "admin", "catalogue"})
COUNTED = frozenset({"stock", "safety"})
NAMING = frozenset({"sku", "product_id", "gtin", "brand", "part_number", "source", "source_id", "unit"})
BATCH_ROWS = 20_000
FACT_PRODUCTS_MAX = 1000
UNLIMITED = Limits(rows=0)


def changes_nothing(run: RunOut) -> bool:
    """Tell whether a checked file has nothing to apply: everything stands as it says, or what it says has errors."""
    return not (run.counts.new or run.counts.changed or (run.choices.mode == "full" and run.counts.missing))


def new_run(looked: Looked, run_id: UUID, *, supplier_id: UUID, choices: Choices, mapping: Mapping, now: datetime) -> RunOut:
    """Give the run of a file that came in: it waits to be checked, or for somebody to say what its columns hold."""
    lacking = rules_columns.lacking(mapping.columns, mapping.fixed)
    return RunOut(
        id=run_id,
        supplier_id=supplier_id,
        file_name=looked.name,
        file_sha256=looked.sha256,
        file_bytes=looked.size,
        choices=choices,
        layout=looked.layout,
        mapping=mapping,
        lacking=lacking,
        state="mapping" if lacking else "waiting",
        position=0,
        counts=Counts(rows=looked.layout.rows),
        version=1,
        problem="",
        created_at=now,
        checked_at=None,
        finished_at=None,
    )


def told(run: RunOut, locale: str) -> RunOut:
    """Give a run with why its file could not be read worded in the reader's language."""
    return msgspec.structs.replace(run, problem=sheets_in.told(run.problem, locale))


def chosen(choices: Choices, wanted: ApplyIn) -> Choices:
    """Give how a file is applied: as it was sent, but for what is said now."""
    return Choices(
        mode=choices.mode,
        is_partial=choices.is_partial if wanted.partial is None else wanted.partial,
        is_forced=choices.is_forced if wanted.force is None else wanted.force,
    )


def denied(mapping: Mapping, *, mode: str, actor: Actor) -> list[str | wording.Phrase]:
    """List the heads, fixed values and mode of a file that the actor's roles do not include changing."""
    said = dict.fromkeys(mapping.fixed) | mapping.columns
    wrong: list[str | wording.Phrase] = []
    if not actor.roles & KEEPERS:
        wrong += [head or name for name, head in said.items() if name not in NAMING | COUNTED]
        wrong += [wording.Phrase(lazy("the whole list"))] if mode == "full" else []
    if not actor.roles & COUNTERS:
        wrong += [head or name for name, head in said.items() if name in COUNTED]
    return wrong


def check_rights(mapping: Mapping, *, mode: str, actor: Actor) -> None:
    """Check that a file changes only what the actor may change by hand. Raises: ColumnsNotAllowed."""
    if names := denied(mapping, mode=mode, actor=actor):
        raise ColumnsNotAllowed(names=names)


def may_give_up(actor: Actor, *, sender: str) -> bool:
    """Tell whether somebody may give a file up: who sent it, and who keeps the catalogue. Another's work is not theirs who only count or sell."""
    return actor.principal == sender or bool(actor.roles & GIVERS_UP)


def check_may_give_up(actor: Actor, *, sender: str) -> None:
    """Check the same. Raises: NotYourFile."""
    if not may_give_up(actor, sender=sender):
        raise NotYourFile


def word_denied(run: RunOut, actor: Actor, locale: str) -> str:
    """Say what of a file the actor may not change, "" when nothing is."""
    names = denied(run.mapping, mode=run.choices.mode, actor=actor)
    return wording.word(ColumnsNotAllowed.message, {"names": names}, locale) if names else ""


def in_notation(known: Mapping, wanted: Mapping) -> Mapping:
    """Give a remembered mapping in the notations that the caller names, which go before the remembered ones."""
    number = wanted.number_locale if wanted.number_locale != "plain" else known.number_locale
    return msgspec.structs.replace(known, number_locale=number, date_locale=wanted.date_locale if wanted.date_locale != "iso" else known.date_locale)


def check_fixed(mapping: Mapping, layout: Layout, keys: rules.Keys) -> None:
    """Check what is the same for every row. Raises: FixedUnusable."""
    unknown = next((name for name in mapping.fixed if name not in rules_columns.FIXABLE), None)
    if unknown is not None:
        raise FixedUnusable(column=unknown[:40], value=mapping.fixed[unknown][:40])
    bad = rules.Reader(mapping, head=layout.head, keys=keys, time_zone="UTC").bad_fixed()
    if bad is not None:
        raise FixedUnusable(column=bad, value=mapping.fixed[bad][:40])


def with_missing(run: RunOut, missing: dict[str, int]) -> RunOut:
    """Give a run with what it would pause and what is on sale as they are at this moment."""
    return msgspec.structs.replace(run, counts=msgspec.structs.replace(run.counts, **missing))


def check_may_pause(run: RunOut, missing: dict[str, int]) -> None:
    """Check before the first offer is paused that no more than was agreed to would be. Rows of the file itself may have paused some by then.

    Raises: PausingStopped.
    """
    active = max(missing["active"], run.counts.active)
    if not run.choices.is_forced and missing["missing"] * 100 > active * MISSING_PERCENT_MAX:
        raise PausingStopped(missing=missing["missing"], active=active, percent=MISSING_PERCENT_MAX)


def check_may_apply(run: RunOut, choices: Choices) -> None:
    """Check that nothing speaks against applying. Raises: ImportHasErrors, TooManyMissing."""
    counts = run.counts
    if counts.errors and not choices.is_partial:
        raise ImportHasErrors(wrong=counts.errors, rows=counts.rows, extra={"errors_count": counts.errors})
    if choices.mode == "full" and not choices.is_forced and counts.missing * 100 > counts.active * MISSING_PERCENT_MAX:
        extra = {"missing": counts.missing, "active": counts.active}
        raise TooManyMissing(missing=counts.missing, active=counts.active, percent=MISSING_PERCENT_MAX, extra=extra)


def word_problem(run: RunOut) -> tuple[str, dict[str, Any]]:
    """Give why a file could not be read, as a message with its parameters."""
    return sheets_in.word_problem(run.problem)


def parts(ids: list[UUID]) -> Iterator[list[UUID]]:
    """Part ids into as many as one fact takes."""
    return (ids[start : start + FACT_PRODUCTS_MAX] for start in range(0, len(ids), FACT_PRODUCTS_MAX))


def batches(work: Work, place: Path, keys: rules.Keys) -> Iterator[tuple[int, bytes]]:
    """Read rows in batches and write each as the stage takes it, in constant memory."""
    run = work.run
    mapping = run.mapping
    if run.choices.mode == "full" and "action" not in mapping.columns:
        # A whole list says of everything it names that it is on sale.
        mapping = msgspec.structs.replace(mapping, fixed={**mapping.fixed, "action": "upsert"})
    reader = rules.Reader(mapping, head=run.layout.head, keys=keys, time_zone=work.time_zone, is_guarded=run.layout.format != "jsonl")
    rows = sheets_in.rows(place, layout=run.layout, limits=UNLIMITED)
    while batch := [reader.staged(line, row, row_id=uuid7()) for line, row in islice(rows, BATCH_ROWS)]:
        yield len(batch), rules.copied(batch)
