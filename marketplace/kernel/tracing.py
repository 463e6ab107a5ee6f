"""Owns traces: which request or timer caused the work under way, in the words of W3C Trace Context, over requests, facts and log lines."""

from __future__ import annotations

import os
import random
import re
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping
    from contextvars import Token
    from typing import Any

# W3C Trace Context §3.2: version ff is forbidden, ids of zeros name nothing, and a later version may only append fields.
_TRACEPARENT = re.compile(r"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-[ -~]*)?")
CHARACTERS_MAX = 256
# Ids of traces name work and guard nothing: a generator that the system seeds once is twenty times as fast as asking the system for each.
_ids = random.Random()  # noqa: S311 - as above
os.register_at_fork(after_in_child=_ids.seed)


class Span(msgspec.Struct, frozen=True):
    """One piece of work: a request, a fact in a handler, a run of a timer. `parent_id` is "" for the first of a trace; `flags` are passed on."""

    trace_id: str
    span_id: str
    parent_id: str = ""
    flags: str = "01"

    @property
    def traceparent(self) -> str:
        """Give the header that names this span as the parent of what it causes."""
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"


_current: ContextVar[Span | None] = ContextVar("span", default=None)


def begin(caused_by: str = "") -> Span:
    """Make a span below the one that a `traceparent` names; below nothing, or below words that are no traceparent, a new trace begins."""
    found = _TRACEPARENT.fullmatch(caused_by) if caused_by and len(caused_by) <= CHARACTERS_MAX else None
    if found is None or (found[1] == "00" and found[5] is not None):
        return Span(f"{_ids.getrandbits(128) or 1:032x}", _span_id())
    return Span(found[2], _span_id(), found[3], found[4])


def _span_id() -> str:
    return f"{_ids.getrandbits(64) or 1:016x}"


def enter(span: Span) -> Token[Span | None]:
    """Make a span the present one of this task; hand what it gives to `leave`."""
    return _current.set(span)


def leave(token: Token[Span | None]) -> None:
    """Go back to the span before."""
    _current.reset(token)


@contextmanager
def span(caused_by: str = "") -> Iterator[Span]:
    """Do the work of a block in a span of its own."""
    made = begin(caused_by)
    token = enter(made)
    try:
        yield made
    finally:
        leave(token)


def traceparent() -> str:
    """Give the `traceparent` of the present span, "" outside of any: what is written beside a fact and sent with a call to others."""
    present = _current.get()
    return present.traceparent if present is not None else ""


def name_in_log(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Write the present span into a line of the log: a processor of structlog."""
    present = _current.get()
    if present is not None:
        event.setdefault("trace_id", present.trace_id)
        event.setdefault("span_id", present.span_id)
        if present.parent_id:
            event.setdefault("parent_span_id", present.parent_id)
    return event
