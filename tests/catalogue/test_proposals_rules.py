"""Tests the pure rules of proposals: working hours, marked words, what is typed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from marketplace.catalogue.proposals import rules, rules_marks, rules_values
from marketplace.catalogue.proposals.schemas import Office

if TYPE_CHECKING:
    from marketplace.catalogue.products.schemas import FieldValue

BERLIN, KUWAIT = Office("Europe/Berlin", "DE"), Office("Asia/Kuwait", "KW")


@pytest.mark.parametrize(
    "office, sent, due",
    [
        (BERLIN, datetime(2026, 11, 24, 9, 20, tzinfo=UTC), datetime(2026, 11, 26, 9, 20, tzinfo=UTC)),
        # Friday afternoon: two hours, eight on Monday, six on Tuesday.
        (BERLIN, datetime(2026, 11, 27, 14, 0, tzinfo=UTC), datetime(2026, 12, 1, 14, 0, tzinfo=UTC)),
        # Saturday counts from Monday morning.
        (BERLIN, datetime(2026, 11, 28, 12, 0, tzinfo=UTC), datetime(2026, 12, 1, 16, 0, tzinfo=UTC)),
        # Christmas is a Friday.
        (BERLIN, datetime(2026, 12, 24, 8, 0, tzinfo=UTC), datetime(2026, 12, 28, 16, 0, tzinfo=UTC)),
        # Friday and Saturday are the weekend of Kuwait.
        (KUWAIT, datetime(2026, 11, 26, 6, 0, tzinfo=UTC), datetime(2026, 11, 29, 14, 0, tzinfo=UTC)),
    ],
)
def test_a_proposal_is_due_after_sixteen_open_hours(office: Office, sent: datetime, due: datetime) -> None:
    assert rules.due_at(sent, office) == due


def test_the_words_that_differ_are_marked_on_both_sides() -> None:
    old, new = rules_marks.marked("Ball valve, DN 20 brass", "Ball valve, DN 25, brass")
    assert [part.text.strip() for part in old if part.is_changed] == ["20"]
    assert [part.text.strip() for part in new if part.is_changed] == ["25,"]
    assert "".join(part.text for part in old) == "Ball valve, DN 20 brass"
    assert "".join(part.text for part in new) == "Ball valve, DN 25, brass"


def test_texts_too_long_to_compare_are_marked_whole() -> None:
    old, new = rules_marks.marked("a " * 3000, "b " * 3000)
    assert [part.is_changed for part in (*old, *new)] == [True, True]


@pytest.mark.parametrize(
    "text, kind, value",
    [
        (" 14.5 ", "number", 14.5), ("20", "number", 20), ("20", "whole", 20), ("1e3", "number", "1e3"), ("1,5", "number", "1,5"), ("٢٠", "number", "٢٠"),
        ("yes", "bool", True), ("no", "bool", False), ("perhaps", "bool", "perhaps"), ("20", "text", "20"), ("   ", "number", None), ("NaN", "number", "NaN"),
    ],
)  # fmt: skip
def test_what_is_typed_becomes_a_value_of_its_kind_or_stays_text_to_be_refused(text: str, kind: str, value: FieldValue) -> None:
    made = rules_values.typed(text, kind)
    assert (made, type(made)) == (value, type(value))
