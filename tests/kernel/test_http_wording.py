"""Tests that each of the decoder's refusals is told with the place, a stable code and a sentence for people."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
import pytest

from marketplace.kernel.http.wording import field_error, worded


class Line(msgspec.Struct, forbid_unknown_fields=True):
    """One line of the body."""

    quantity: Annotated[int, msgspec.Meta(ge=1, le=10)] = 1


class Body(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Everything that a body may hold."""

    number: int = 0
    below: Annotated[int, msgspec.Meta(lt=5)] = 0
    above: Annotated[int, msgspec.Meta(gt=5)] = 6
    tens: Annotated[int, msgspec.Meta(multiple_of=10)] = 0
    share: float = 0.0
    exact: Decimal = Decimal(0)
    flag: bool = False
    text: Annotated[str, msgspec.Meta(min_length=2, max_length=4)] = "abc"
    code: Annotated[str, msgspec.Meta(pattern="^[A-Z]+$")] = "A"
    kind: Literal["new", "used"] = "new"
    lines: Annotated[list[Line], msgspec.Meta(min_length=1, max_length=2)] = msgspec.field(default_factory=lambda: [Line()])
    thing: Line | None = None
    id: UUID = UUID(int=0)
    day: date = date(2026, 1, 1)
    at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    hour: time = time(0)
    either: int | str = 0


@pytest.mark.parametrize(
    "sent, pointer, code, params",
    [
        ({"number": "1"}, "/number", "not-a-whole-number", {}),
        ({"number": 1.5}, "/number", "not-a-whole-number", {}),
        ({"below": 5}, "/below", "too-high", {"bound": 4}),
        ({"above": 5}, "/above", "too-low", {"bound": 6}),
        ({"tens": 15}, "/tens", "not-a-multiple", {"bound": 10}),
        ({"share": "much"}, "/share", "not-a-number", {}),
        ({"exact": "1_0x"}, "/exact", "not-a-decimal", {}),
        ({"flag": 1}, "/flag", "not-yes-or-no", {}),
        ({"text": 1}, "/text", "not-a-text", {}),
        ({"text": "a"}, "/text", "too-short", {"bound": 2}),
        ({"text": "abcde"}, "/text", "too-long", {"bound": 4}),
        ({"code": "a"}, "/code", "wrong-form", {}),
        ({"kind": "old"}, "/kind", "not-one-of-these", {}),
        ({"lines": {}}, "/lines", "not-a-list", {}),
        ({"lines": []}, "/lines", "too-few", {"bound": 1}),
        ({"lines": [{}] * 3}, "/lines", "too-many", {"bound": 2}),
        ({"lines": [{}, {"quantity": 0}]}, "/lines/1/quantity", "too-low", {"bound": 1}),
        ({"lines": [{}, {"quantity": 11}]}, "/lines/1/quantity", "too-high", {"bound": 10}),
        ({"lines": [{"colour": "red"}]}, "/lines/0/colour", "unknown-field", {}),
        ({"thing": []}, "/thing", "not-an-object", {}),
        ({"colour": "red"}, "/colour", "unknown-field", {}),
        ({"id": "1"}, "/id", "not-an-id", {}),
        ({"day": "tomorrow"}, "/day", "not-a-date", {}),
        ({"at": "2026-01-01T00:00:00"}, "/at", "not-a-moment", {}),
        ({"hour": "noon"}, "/hour", "not-a-time", {}),
        ({"either": []}, "/either", "wrong-kind", {}),
    ],
)
def test_a_refusal_is_told_with_its_place_code_and_bounds(sent: dict[str, Any], pointer: str, code: str, params: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.json.decode(msgspec.json.encode(sent), type=Body)
    told = field_error(refused.value)
    assert (told.pointer.rstrip("/") if told.pointer.startswith("/lines/") else told.pointer, told.code, told.params) == (pointer, code, params)
    assert told.message[0].isupper()
    assert told.message.endswith(".")


def test_the_name_of_an_unknown_field_is_cut() -> None:
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.json.decode(msgspec.json.encode({"x" * 5000: 1}), type=Body)
    assert len(field_error(refused.value).pointer) == 61


def test_what_the_decoder_never_said_before_is_told_all_the_same() -> None:
    told = worded("Something new of a later version")
    assert (told.code, told.pointer) == ("wrong-kind", "")
