"""The faults of one input are gathered, each once, and told together."""

from __future__ import annotations

import pytest

from marketplace.kernel.errors import Faults, FieldError, InvalidInput
from marketplace.kernel.quantity import BadQuantity

NAME = FieldError("/name", "empty", "Give a name.")
CITY = FieldError("/city", "empty", "Give a city.")


def refused(*errors: FieldError, kind: type[InvalidInput] = InvalidInput) -> str:
    raise kind(errors=errors)


def test_what_stands_is_given_and_nothing_is_refused() -> None:
    faults = Faults()
    assert faults.take(lambda: "Hansa", "") == "Hansa"
    faults.refuse()
    assert faults == []


def test_every_fault_is_told_once_in_the_order_it_was_found() -> None:
    faults = Faults()
    assert faults.take(lambda: refused(NAME), "meanwhile") == "meanwhile"
    with faults.kept():
        refused(NAME, CITY)
    with pytest.raises(BadQuantity) as told:
        faults.refuse(BadQuantity)
    assert told.value.errors == (NAME, CITY)


def test_a_single_refusal_stays_the_one_it_was() -> None:
    faults = Faults()
    with faults.kept():
        refused(NAME, kind=BadQuantity)
    with pytest.raises(BadQuantity):
        faults.refuse()
    faults.append(CITY)
    with pytest.raises(InvalidInput) as told:
        faults.refuse()
    assert (type(told.value), told.value.errors) == (InvalidInput, (NAME, CITY))


def test_what_is_no_fault_of_the_input_goes_through() -> None:
    faults = Faults()
    with pytest.raises(ZeroDivisionError), faults.kept():
        _ = 1 // 0
    assert faults == []
