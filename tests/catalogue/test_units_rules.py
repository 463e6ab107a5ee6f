"""Tests the conversion between what people write as a quantity and integer steps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.catalogue.units.rules import QUANTITY_MAX, format_steps, parse_steps


@pytest.mark.parametrize(
    "text,decimals,steps",
    [("1", 0, 1), ("1000000", 0, 1_000_000), ("12.5", 2, 1250), ("0.001", 3, 1), ("7.000", 0, 7), ("3.10", 1, 31), ("1000000", 3, 1_000_000_000)],
)
def test_a_quantity_becomes_whole_steps(text: str, decimals: int, steps: int) -> None:
    assert parse_steps(text, decimals=decimals) == steps


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "0.000",
        "-1",
        "+1",
        "1e3",
        "01",
        "1,5",
        "1 000",
        "1_000",
        ".5",
        "5.",
        "NaN",
        "Infinity",
        "١٢",
        "\uff11\uff12",
        "1.2345",
        "1000001",
        "9" * 5000,
        "1\n",
    ],
)
def test_what_is_not_a_quantity_is_refused(text: str) -> None:
    assert parse_steps(text, decimals=3) is None


def test_more_decimals_than_the_unit_has_are_refused_unless_they_are_zero() -> None:
    assert parse_steps("1.5", decimals=0) is None
    assert parse_steps("1.25", decimals=1) is None
    assert parse_steps("1.50", decimals=1) == 15


@given(steps=st.integers(1, QUANTITY_MAX), decimals=st.integers(0, 3))
def test_writing_and_reading_a_quantity_gives_the_same_steps(steps: int, decimals: int) -> None:
    assert parse_steps(format_steps(steps, decimals=decimals), decimals=decimals) == steps


def test_steps_are_written_without_end_zeros() -> None:
    assert [format_steps(steps, decimals=2) for steps in (1250, 1200, 5, -150)] == ["12.5", "12", "0.05", "-1.5"]
