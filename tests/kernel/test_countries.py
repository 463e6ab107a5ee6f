"""Tests of the time zones of countries: a blank is read where a country has one time, and asked for elsewhere."""

from __future__ import annotations

import pytest

from marketplace.kernel import countries
from marketplace.kernel.errors import InvalidInput


@pytest.mark.parametrize("country, zone", [("DE", "Europe/Berlin"), ("VN", "Asia/Ho_Chi_Minh"), ("AE", "Asia/Dubai")])
def test_a_blank_zone_is_the_usual_one_where_all_clocks_of_a_country_show_one_time(country: str, zone: str) -> None:
    assert countries.check_zone_of("", country=country) == zone


@pytest.mark.parametrize("country", ["US", "ES", "AU", "ID"])
def test_a_blank_zone_is_asked_for_where_clocks_differ(country: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        countries.check_zone_of("", country=country)
    assert refused.value.errors[0].code == "not-of-country"


def test_a_zone_of_another_country_is_refused_and_an_own_one_taken() -> None:
    assert countries.check_zone_of("Europe/Busingen", country="DE") == "Europe/Busingen"
    with pytest.raises(InvalidInput):
        countries.check_zone_of("Asia/Dubai", country="DE")
