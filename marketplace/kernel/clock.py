"""Owns the present moment: the one place that reads the wall clock, so that tests and the demo world can set it."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_fixed: ContextVar[datetime | None] = ContextVar("clock_fixed", default=None)


def now() -> datetime:
    """Tell the present moment in UTC, to the microsecond, or the moment that `at` has set for this context."""
    return _fixed.get() or datetime.now(UTC)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Set the clock for the block. The moment carries a time zone; a naive one is the programmer's mistake."""
    assert moment.tzinfo is not None, "the clock takes moments with a time zone"
    token = _fixed.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _fixed.reset(token)
