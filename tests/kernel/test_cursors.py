"""Tests that a cursor is only good for its own list and as it was given."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.cursors import BadCursor, Places, decode, encode

SECRET = "a secret of the tests"
PLACE = (datetime(2026, 11, 24, 9, 20, 1, 123456, tzinfo=UTC), UUID(int=7))
SHAPE = tuple[datetime, UUID]


def test_a_cursor_gives_its_values_back() -> None:
    assert decode("orders", encode("orders", PLACE, secret=SECRET), SHAPE, secret=SECRET) == PLACE


def test_a_cursor_of_another_list_is_refused() -> None:
    with pytest.raises(BadCursor):
        decode("offers", encode("orders", PLACE, secret=SECRET), SHAPE, secret=SECRET)


def test_a_cursor_of_another_installation_is_refused() -> None:
    with pytest.raises(BadCursor):
        decode("orders", encode("orders", PLACE, secret="another"), SHAPE, secret=SECRET)


def test_a_cursor_of_another_shape_is_refused() -> None:
    with pytest.raises(BadCursor):
        decode("orders", encode("orders", ["text"], secret=SECRET), SHAPE, secret=SECRET)


@pytest.mark.parametrize("text", ["", "a", "====", "%%%", "é", "A" * 100_000, "null", "AAAA\n", "\x00"])
def test_what_was_never_a_cursor_is_refused(text: str) -> None:
    with pytest.raises(BadCursor):
        decode("orders", text, SHAPE, secret=SECRET)


@given(place=st.integers(0, 200), character=st.sampled_from("ABCxyz019-_"))
def test_a_cursor_with_one_changed_character_is_refused(place: int, character: str) -> None:
    good = encode("orders", PLACE, secret=SECRET)
    place %= len(good) - 1
    bad = good[:place] + character + good[place + 1 :]
    if bad != good:
        with pytest.raises(BadCursor):
            decode("orders", bad, SHAPE, secret=SECRET)


def test_a_cursor_fits_into_an_address_as_it_is() -> None:
    assert set(encode("orders", PLACE, secret=SECRET)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_a_list_tells_its_places_by_cursor_one_value_by_itself_and_the_beginning_by_none() -> None:
    orders, offers = Places("orders", SHAPE, SECRET), Places("offers", tuple[UUID], SECRET)
    assert orders.behind(orders.cursor(PLACE)) == PLACE
    assert offers.behind(offers.cursor(PLACE[1])) == PLACE[1]
    assert (orders.behind(None), orders.behind(""), orders.cursor(None)) == (None, None, None)
    with pytest.raises(BadCursor):
        offers.behind(orders.cursor(PLACE))
