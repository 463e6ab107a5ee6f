"""Tests of what is made of a found rule of duty: the state, the amount and the note of the component."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from services_addons.duty import rules, rules_csv
from services_addons.duty.errors import BadDutyRate
from services_addons.duty.schemas import DutyFound, MemberForm, RateForm
from tests.services_addons.consignments import LINE, but

if TYPE_CHECKING:
    from marketplace.trade.landed.schemas import Consignment

TODAY = date(2026, 11, 24)


def duty(consignment: Consignment, *found: DutyFound) -> tuple[str, int | None, str]:
    """Give state, amount and note."""
    component = rules.duty_quote(consignment, found, today=TODAY).components[0]
    return component.state, component.amount_minor, component.note


def rate(text: str | None, union: str | None = None) -> DutyFound:
    """Write a found rate."""
    return DutyFound(union, Decimal(text) if text else None, "List", datetime(2026, 1, 1, tzinfo=UTC), is_invented=False)


@pytest.mark.parametrize(
    "changes,found,expected",
    [
        ({"country": "DE"}, (), ("not_applicable", None, "domestic")),
        ({"incoterm": "DDP"}, (), ("included", None, "incoterm")),
        ({"country": "FR"}, (rate(None, "EU"),), ("not_applicable", None, "customs-union")),
        ({}, (rate("0.037"),), ("known", 457, "")),
        ({}, (rate("0"),), ("known", 0, "")),
        ({}, (rate(None),), ("unknown", None, "no-rate")),
        ({"incoterm": "DAP"}, (rate("0.1"),), ("known", 1235, "")),
    ],
)
def test_duty_states(changes: dict[str, Any], found: tuple[DutyFound, ...], expected: tuple[str, int | None, str]) -> None:
    assert duty(but(**changes), *found) == expected


def test_one_line_without_a_rate_leaves_duty_unknown() -> None:
    two = but(lines=(LINE, msgspec.structs.replace(LINE, hs_prefix=None)))
    assert duty(two, rate("0.1"), rate(None)) == ("unknown", None, "hs-missing")


def test_free_and_rated_lines_add_up() -> None:
    two = but(lines=(LINE, LINE))
    assert duty(two, rate(None, "EUTR"), rate("0.1")) == ("known", 1235, "")


def test_duty_in_dinars_lands_on_the_settle_step() -> None:
    assert duty(but(currency="KWD"), rate("0.05")) == ("known", 620, "")


def test_what_is_not_applicable_names_its_rule_its_source_and_its_day() -> None:
    home = rules.duty_quote(but(country="DE"), (), today=TODAY).components[0]
    assert (home.rule_id, home.source, home.as_of) == ("duty:domestic", "DE", datetime(2026, 11, 24, tzinfo=UTC))
    free = rules.duty_quote(but(country="FR"), (msgspec.structs.replace(rate(None, "EU"), rule_id="union:EU"),), today=TODAY).components[0]
    assert (free.rule_id, free.source, free.as_of) == ("union:EU", "List", datetime(2026, 1, 1, tzinfo=UTC))
    paid = rules.duty_quote(but(incoterm="DDP"), (), today=TODAY).components[0]
    assert (paid.rule_id, paid.source, paid.as_of) == ("duty:incoterm", "DDP", datetime(2020, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("incoterm", ["EXW", "FCA", "FAS", "FOB", "CFR", "CIF", "CPT", "CIP", "DAP", "DPU", "DDP"])
def test_of_the_eleven_incoterms_one_holds_the_duty(incoterm: str) -> None:
    state = duty(but(incoterm=incoterm), rate("0.1"))[0]
    assert state == ("included" if incoterm == "DDP" else "known")


def test_all_that_is_wrong_with_a_typed_rate_or_membership_is_told_at_once_and_in_words() -> None:
    blank = ["/goods", "/destination", "/percent", "/valid_from", "/source"]
    for form, pointers in (
        (RateForm(), blank),
        (RateForm(goods="8", destination="EU", percent="3,7", valid_from="2026-11-24", source="Tariff"), ["/percent", "/goods"]),
    ):
        with pytest.raises(BadDutyRate) as refused:
            rules_csv.typed_rate(form)
        assert sorted(one.pointer for one in refused.value.errors) == sorted(pointers)
        assert not [one for one in refused.value.errors if one.message.startswith("This is not written")]
    with pytest.raises(BadDutyRate) as union:
        rules_csv.typed_member(MemberForm(valid_to="soon"))
    assert [one.pointer for one in union.value.errors] == ["/code", "/country", "/source", "/valid_to"]
