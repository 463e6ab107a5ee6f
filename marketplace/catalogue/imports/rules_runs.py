"""Owns the pure rules of a run: how it begins, what it counts, when it may be applied, and what is told of its lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from marketplace.catalogue.imports import rules_columns, rules_merging, rules_rows
from marketplace.catalogue.imports.errors import NothingToApply
from marketplace.catalogue.imports.schemas import Counts, Known, Plan, Run, Sample, WordedIssue
from marketplace.kernel import wording
from marketplace.kernel.sheets_in import service as sheets_in
from marketplace.kernel.sheets_in.errors import ImportHasErrors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from marketplace.catalogue.imports.schemas import Issue, ParsedLine
    from marketplace.catalogue.products.schemas import Held, NewProduct
    from marketplace.catalogue.taxonomy.schemas import Category
    from marketplace.kernel.sheets_in.schemas import Layout, Looked, Mapping

SAMPLES_MAX = 8


def kind_of(layout: Layout) -> str:
    """Tell whether a file is of Icecat's layout or a sheet whose columns are mapped."""
    return "icecat" if layout.format == "jsonl" and rules_columns.is_icecat(layout.head) else "sheet"


def new_run(looked: Looked, run_id: UUID, *, kind: str, source: str, mapping: Mapping, now: datetime) -> Run:
    """Give the run of a file that came in: it waits to be checked, or for somebody to say what its columns hold."""
    lacking = rules_columns.lacking(mapping.columns) if kind == "sheet" else []
    return Run(
        id=run_id,
        source=source,
        kind=kind,  # type: ignore[arg-type]
        file_name=looked.name,
        file_sha256=looked.sha256,
        file_bytes=looked.size,
        layout=looked.layout,
        mapping=mapping,
        state="mapping" if lacking else "waiting",
        position=0,
        is_partial=False,
        plan=Plan(),
        done=Counts(),
        lacking=lacking,
        problem="",
        started_at=now,
        checked_at=None,
        finished_at=None,
    )


def check_may_apply(run: Run, *, is_partial: bool) -> None:
    """Check that nothing speaks against applying. Raises: ImportHasErrors, NothingToApply."""
    counts = run.plan.counts
    if counts.failed and not is_partial:
        raise ImportHasErrors(wrong=counts.failed, rows=counts.rows, extra={"errors_count": counts.failed})
    if not counts.created and not counts.updated:
        raise NothingToApply


def known(categories: Iterable[Category], units: Iterable[str]) -> Known:
    """Give what readers of rows have to know: each category under its slug and its path in every language that the tree is named in."""
    found: dict[str, UUID] = {}
    names: dict[UUID, dict[str, str]] = {}
    kinds: dict[UUID, dict[str, str]] = {}
    for one in categories:
        above = names.get(one.parent_id, {}) if one.parent_id else {}
        names[one.id] = {
            locale: rules_rows.path_key(f"{above.get(locale) or above.get('en', '')} > {one.name(locale)}") for locale in {*one.names, *above}
        }
        for path in names[one.id].values():
            found.setdefault(path, one.id)
        kinds[one.id] = {about.key: about.kind for about in one.attributes}
    found |= {one.slug: one.id for one in categories}
    return Known(found, frozenset(units), kinds)


class Tally:
    """Counts what lines make of the catalogue, and keeps the first of them as samples."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.counts = Counts()
        self.samples: list[Sample] = []

    def take(self, parsed: Sequence[ParsedLine], held: dict[tuple[str, str], Held], *, content_hash: Callable[[NewProduct], str]) -> None:
        """Count a batch of lines, each beside the product that is there now."""
        seen = {"created": 0, "updated": 0, "unchanged": 0, "failed": 0, "warnings": sum(one.is_warning for line in parsed for one in line.issues)}
        for line in parsed:
            now = held.get((line.product.source, line.product.source_id)) if line.product is not None else None
            outcome = _outcome(line, now, content_hash)
            seen[outcome] += 1
            if outcome in {"created", "updated"} and len(self.samples) < SAMPLES_MAX:
                self.samples.append(rules_merging.sample(line, now))
        counts = self.counts
        self.counts = Counts(
            rows=counts.rows + len(parsed),
            **{name: getattr(counts, name) + seen[name] for name in ("created", "updated", "unchanged", "failed", "warnings")},
        )


def _outcome(line: ParsedLine, now: Held | None, content_hash: Callable[[NewProduct], str]) -> str:
    if line.product is None:
        return "failed"
    if now is None:
        return "created"
    is_same = line.is_same or (not line.fingerprint and now.fingerprint == content_hash(line.product))
    return "unchanged" if is_same else "updated"


def told(run: Run, locale: str) -> Run:
    """Give a run with why its file could not be read worded in the reader's language."""
    return msgspec.structs.replace(run, problem=sheets_in.told(run.problem, locale))


def worded(one: Issue, locale: str) -> WordedIssue:
    """Word what is wrong with a line."""
    return WordedIssue(
        line=one.line,
        source_id=one.source_id,
        column=str(one.params.get("column", one.params.get("field", one.params.get("key", "")))),
        value=str(one.params.get("value", one.params.get("gtin", ""))),
        code=one.code,
        reason=wording.word(one.message, one.params, locale),
        is_warning=one.is_warning,
    )
