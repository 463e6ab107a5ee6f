"""Tests of values written as SQL literals: PostgreSQL reads back exactly what was given, whatever it holds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.kernel.database import connection
from marketplace.kernel.literals import anywhere, filled, literal

pytestmark = pytest.mark.usefixtures("rolled_back")
MOMENT = datetime(2026, 11, 24, 9, 20, 0, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    "value, kind",
    [
        ("", "text"), ("it's", "text"), ("\\'; DROP TABLE x; --", "text"), ("$1 $2", "text"), ("\u202e \u0627 ữ \U0001f600", "text"), (None, "text"),
        (-(2**63), "bigint"), (2**63 - 1, "bigint"), (b"\x00\xff'\\", "bytea"), (b"", "bytea"), (UUID(int=7), "uuid"), (MOMENT, "timestamptz"),
    ],
)  # fmt: skip
async def test_a_value_comes_back_as_it_was(value: Any, kind: str) -> None:
    assert await connection().fetchval(f"SELECT ({literal(value)})::{kind}") == value


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))))
def test_a_literal_ends_where_its_value_ends(texts: list[str]) -> None:
    written = filled(" ".join(f"${number}" for number in range(1, len(texts[:9]) + 1)), tuple(texts[:9]))
    assert written == " ".join("'" + text.replace("'", "''") + "'" for text in texts[:9])
    assert written.count("'") % 2 == 0


def test_a_nul_is_refused() -> None:
    with pytest.raises(ValueError, match="NUL"):
        literal("a\x00b")


def test_what_a_value_holds_is_no_parameter() -> None:
    assert filled("SELECT $2, $1, $10", ("$2", "b", 3, 4, 5, 6, 7, 8, 9, 10)) == "SELECT 'b', '$2', 10"


@pytest.mark.parametrize("text", ["a", "50%", "a_b", "back\\slash", "%", "_", "\\%"])
@pytest.mark.usefixtures("rolled_back")
async def test_a_pattern_finds_its_text_anywhere_and_nothing_else(text: str) -> None:
    sql = "SELECT $1::text ILIKE $2, $3::text ILIKE $2"
    found = await connection().fetchrow(sql, f"x{text}y", anywhere(text), "another 5")
    assert found is not None
    assert tuple(found) == (True, text == "a")
    assert anywhere("") == ""
