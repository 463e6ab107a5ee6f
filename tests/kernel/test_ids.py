"""Tests the making of identifiers."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from marketplace.kernel.ids import uuid7

if TYPE_CHECKING:
    import pytest


def test_an_id_is_a_uuid_of_version_7_and_the_rfc_variant() -> None:
    made = uuid7()
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"


def test_ids_made_one_after_another_are_in_order_and_distinct() -> None:
    made = [uuid7() for _ in range(20_000)]
    assert made == sorted(made)
    assert len(set(made)) == 20_000


def test_ids_carry_the_millisecond_they_were_asked_for() -> None:
    made = uuid7(at_ms=1_764_000_000_000)
    assert made.int >> 80 == 1_764_000_000_000
    assert made.version == 7


def test_a_clock_that_goes_back_does_not_bring_ids_back(monkeypatch: pytest.MonkeyPatch) -> None:
    before = uuid7()
    monkeypatch.setattr("marketplace.kernel.ids.time.time_ns", lambda: 1_000_000_000)
    assert [uuid7() > before for _ in range(5000)] == [True] * 5000


def test_ids_of_many_threads_are_distinct() -> None:
    barrier = threading.Barrier(8)

    def make(_: int) -> set[object]:
        barrier.wait()
        return {uuid7() for _ in range(5000)}

    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(make, range(8)))
    assert len(set().union(*made)) == 40_000
