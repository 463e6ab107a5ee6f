"""Owns wording an error: its message in a language, with its raw parameters written as that language writes them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from marketplace.kernel import formatting, states
from marketplace.kernel.i18n import raw_gettext, speaking
from marketplace.kernel.money import Money
from marketplace.kernel.quantity import Measure


class UnitPrice(NamedTuple):
    """A parameter that is the price of one unit, told with at least the decimals of its currency."""

    amount: Decimal
    currency: str


class Phrase(NamedTuple):
    """A parameter that is itself words: an English msgid with raw parameters of its own."""

    message: str
    params: dict[str, Any] = {}  # noqa: RUF012 - a field's default in a NamedTuple, which nobody changes


def word(message: str, params: dict[str, Any], locale: str) -> str:
    """Word an error's message: its `{named}` parameters are raw values, written as the language writes them.

    A parameter that the caller forgot stays visible as its name in braces: an error message must never fail.
    """
    with speaking(locale):
        return raw_gettext(message).format_map(_Told(params))


class _Told(dict[str, Any]):
    """Parameters that word themselves when they are asked for."""

    def __getitem__(self, key: str) -> str:
        return _told(super().__getitem__(key)) if key in self else f"{{{key}}}"


def _told(value: Any) -> str:  # noqa: PLR0911 - one answer per kind of value
    """Write a raw value in the reader's language."""
    if isinstance(value, Phrase):
        return raw_gettext(value.message).format_map(_Told(value.params))
    if isinstance(value, UnitPrice):
        return formatting.unit_price(value.amount, value.currency)
    if isinstance(value, bool):
        return raw_gettext("yes") if value else raw_gettext("no")
    if isinstance(value, Money):
        return formatting.money(value)
    if isinstance(value, Measure):
        return formatting.with_unit(formatting.number(value.amount), raw_gettext(value.symbol) if value.symbol else "")
    if isinstance(value, datetime):
        # Whoever gives a moment in a named zone has it told there, everybody else in UTC.
        return formatting.moment(value, value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else "UTC")
    if isinstance(value, date):
        return formatting.day(value, year=True)
    if isinstance(value, (int, Decimal)):
        return formatting.number(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return raw_gettext(", ").join(_told(item) for item in value)
    return states.word(value) if isinstance(value, str) else str(value)
