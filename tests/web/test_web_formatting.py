"""How values read in each language."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from marketplace.kernel import formatting, i18n, states, wording
from marketplace.kernel.errors import DomainError, InvalidTransition
from marketplace.kernel.formatting import MINUS, NO_BREAK
from marketplace.kernel.money import Money

NOW = datetime(2026, 11, 24, 9, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    "value, locale, expected",
    [
        (Money(108414, "EUR"), "en", "1,084.14 EUR"),
        (Money(108414, "EUR"), "vi", "1.084,14 EUR"),
        (Money(108414, "EUR"), "ar", "\u20661,084.14 EUR\u2069"),
        (Money(1250000, "VND"), "vi", "1.250.000 VND"),
        (Money(12340, "KWD"), "en", "12.340 KWD"),
        (Money(500, "JPY"), "en", "500 JPY"),
        (Money(-5, "EUR"), "en", f"{MINUS}0.05 EUR"),
    ],
)
def test_money_has_the_digits_of_its_currency_and_the_points_of_the_language(value: Money, locale: str, expected: str) -> None:
    assert formatting.money(value, locale=locale) == expected.replace(" ", NO_BREAK)


@pytest.mark.parametrize(
    "price, currency, expected",
    [("8.860000", "EUR", "8.86"), ("0.034500", "EUR", "0.0345"), ("398", "TRY", "398.00"), ("1500", "JPY", "1,500"), ("0.123456", "KWD", "0.123456")],
)
def test_a_unit_price_has_its_currencys_decimals_at_least_and_six_at_most(price: str, currency: str, expected: str) -> None:
    assert formatting.unit_price(Decimal(price), currency, locale="en") == expected


def test_a_quantity_counts_steps_of_its_unit() -> None:
    assert formatting.quantity(2400, locale="en") == "2,400"
    assert formatting.quantity(1500, 3, "m", locale="vi") == f"1,5{NO_BREAK}m"
    assert formatting.quantity(None) == "\u2013"


@pytest.mark.parametrize("locale, expected", [("en", "Tue 8 Dec"), ("vi", "Th 3, 8 thg 12"), ("ar", "الثلاثاء 8 ديسمبر")])
def test_a_date_has_its_weekday(locale: str, expected: str) -> None:
    assert formatting.day(date(2026, 12, 8), locale=locale) == expected


def test_the_date_of_a_moment_is_that_of_the_time_zone() -> None:
    late_evening = datetime(2026, 11, 24, 20, 30, tzinfo=UTC)
    assert formatting.day(late_evening, time_zone="Asia/Ho_Chi_Minh", locale="en") == "Wed 25 Nov"


def test_a_moment_names_its_time_zone() -> None:
    assert formatting.moment(NOW, "Europe/Amsterdam", locale="en") == f"Tue 24 Nov 2026, 10:20{NO_BREAK}CET"
    assert formatting.moment(NOW, "Asia/Ho_Chi_Minh", locale="en", year=False) == f"Tue 24 Nov, 16:20{NO_BREAK}UTC+07"


@pytest.mark.parametrize(
    "ago, expected",
    [
        (timedelta(seconds=30), "just now"),
        (timedelta(minutes=22), "22 min ago"),
        (timedelta(hours=3), "3 h ago"),
        (timedelta(hours=47), "47 h ago"),
        (timedelta(days=2), "2 days ago"),
    ],
)
def test_an_age_is_told_in_its_largest_whole_unit(ago: timedelta, expected: str) -> None:
    assert formatting.age(NOW - ago, NOW) == expected


def test_a_difference_has_its_sign_and_zero_has_none() -> None:
    shown = [formatting.signed(Decimal(value), digits=1, locale="en") for value in ("2.3", "-4.5", "0", "-0.04")]
    assert shown == ["+2.3", f"{MINUS}4.5", "0.0", "0.0"]


def test_shares_weights_and_countries() -> None:
    assert formatting.percent(Decimal("0.9512"), digits=1, locale="vi") == "95,1%"
    assert formatting.percent(Decimal("0.938"), digits=1, locale="ar") == "\u206693.8%\u2069"
    assert (formatting.weight(128, locale="en"), formatting.weight(16200, locale="en")) == (f"128{NO_BREAK}g", f"16.2{NO_BREAK}kg")
    assert [formatting.country("DE", locale=locale) for locale in i18n.LOCALES] == ["Germany", "Đức", "ألمانيا"]
    assert formatting.country("XX1", locale="en") == "XX1"


@pytest.mark.parametrize(
    "header, expected",
    [
        ("ar-EG,en;q=0.5", "ar"),
        ("de, vi;q=0.8, en;q=0.7", "vi"),
        ("de", "en"),
        ("", "en"),
        ("ar;q=0, vi;q=x, *", "en"),
        ("en;q=0.1,vi;q=0.9", "vi"),
        ("\x00;;;q=," * 500, "en"),
    ],
)
def test_the_language_is_chosen_by_accept_language(header: str, expected: str) -> None:
    assert i18n.accepted_locale(header) == expected


@pytest.mark.parametrize("tag, expected", [("ar-EG", "ar"), ("vi_VN", "vi"), ("pt-BR", "en"), ("", "en"), (None, "en")])
def test_an_unknown_language_becomes_its_nearest_known_one(tag: str | None, expected: str) -> None:
    assert i18n.nearest(tag) == expected


class _Exceeded(DomainError):
    """The limit is passed"""

    code = "exceeded"
    message = "Order of {order} passes the {limit} limit, due {due}, for {count} lines of {names}."


def test_an_error_is_worded_with_its_values_as_the_language_writes_them() -> None:
    error = _Exceeded(order=Money(90000, "EUR"), limit=Money(50000, "EUR"), due=date(2026, 12, 8), count=1200, names=["A", "B"])
    assert wording.word(error.message, error.params, "en").replace(NO_BREAK, " ") == (
        "Order of 900.00 EUR passes the 500.00 EUR limit, due Tue 8 Dec 2026, for 1,200 lines of A, B."
    )


def test_an_error_without_a_parameter_is_still_worded() -> None:
    assert wording.word(InvalidTransition.message, {"current": "accepted"}, "en") == "This is Accepted now, so it cannot become {wanted}."


def test_every_state_has_a_tone_of_the_five() -> None:
    assert {tone for _word, tone in states.STATES.values()} == {"ok", "wait", "run", "late", "off"}
    assert states.word("no_such") == "no_such"


def test_what_is_not_known_is_a_dash_and_never_nought() -> None:
    written = [
        formatting.money(None),
        formatting.amount(None, "EUR"),
        formatting.unit_price(None, "EUR"),
        formatting.weight(None),
        formatting.day(None),
        formatting.moment(None),
        formatting.age(None, NOW),
        formatting.country(""),
    ]
    assert written == [formatting.DASH] * len(written)


def test_parameters_of_an_error_are_written_by_their_kind() -> None:
    message = "{flag} {at} {on} {many} {price} {unknown}"
    params = {"flag": True, "at": NOW, "on": date(2026, 12, 8), "many": [1000, 2], "price": Decimal("1200.5")}
    assert wording.word(message, params, "en").replace(NO_BREAK, " ") == "yes Tue 24 Nov 2026, 09:20 UTC Tue 8 Dec 2026 1,000, 2 1,200.5 {unknown}"
    assert wording.word("{flag}", {"flag": False}, "en") == "no"
    assert wording.word("{flag}", {"flag": True}, "vi") != "yes"
