"""Tests exchange rates: appended, crossed through the euro, with their age."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import transaction
from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.fx import service as fx
from marketplace.kernel.fx.errors import NoRate, StaleRate
from marketplace.kernel.fx.rules import FxTable
from marketplace.kernel.fx.schemas import NewRate, Rate
from tests.conftest import NOW


def rate(amount: str, *, hours: int = 0, provider: str = "ecb", is_fixed: bool = False) -> Rate:
    return Rate(rate=Decimal(amount), provider=provider, as_of=NOW - timedelta(hours=hours), is_fixed=is_fixed)


def table_of(rates: dict[tuple[str, str], Rate], *, hours: int = 96) -> FxTable:
    """Make a table in which what is older than `hours` is stale."""
    return FxTable(rates, now=NOW, max_age=timedelta(hours=hours))


RATES = {
    ("EUR", "USD"): rate("1.25", hours=10),
    ("EUR", "VND"): rate("28000", hours=2, provider="sbv"),
    ("EUR", "JPY"): rate("160", hours=97),
    ("KWD", "USD"): rate("3.2"),
    ("EUR", "AED"): rate("4.5", hours=900, is_fixed=True),
}
TABLE = table_of(RATES)


def test_a_rate_is_found_directly_and_inversely() -> None:
    assert TABLE.rate("EUR", "USD") == rate("1.25", hours=10)
    assert TABLE.rate("USD", "EUR") == rate("0.8", hours=10)


def test_a_cross_goes_through_the_euro_with_both_providers_and_the_older_time() -> None:
    assert TABLE.rate("USD", "VND") == rate("22400", hours=10, provider="ecb + sbv")


def test_a_pair_without_a_way_has_no_rate() -> None:
    assert TABLE.rate("KWD", "EUR") is None
    assert TABLE.rate("GBP", "EUR") is None
    with pytest.raises(NoRate):
        TABLE.fresh("GBP", "EUR")


def test_a_currency_in_itself_is_one() -> None:
    found = TABLE.rate("GBP", "GBP")
    assert found is not None
    assert (found.rate, found.is_fixed) == (Decimal(1), True)
    assert table_of(RATES, hours=0).fresh("GBP", "GBP").rate == Decimal(1)


def test_a_rate_above_the_highest_age_is_refused_and_one_at_it_is_not() -> None:
    assert table_of(RATES, hours=97).fresh("EUR", "JPY").rate == Decimal(160)
    with pytest.raises(StaleRate) as refused:
        TABLE.fresh("USD", "JPY")
    assert refused.value.status == 422
    assert refused.value.params == {"base": "USD", "quote": "JPY", "as_of": NOW - timedelta(hours=97), "max_age_hours": 96}
    assert TABLE.age(rate("1", hours=5)) == timedelta(hours=5)
    assert TABLE.age(rate("1", hours=-5)) == timedelta()


def test_a_fixed_rate_does_not_age() -> None:
    assert TABLE.fresh("EUR", "AED").rate == Decimal("4.5")


def test_a_cross_is_fixed_only_when_both_of_its_legs_are() -> None:
    kept = {
        ("EUR", "AED"): rate("4", hours=900, is_fixed=True),
        ("EUR", "SAR"): rate("5", hours=300, is_fixed=True),
        ("EUR", "USD"): rate("2", hours=97),
    }
    table = table_of(kept)
    assert table.rate("AED", "SAR") == rate("1.25", hours=900, is_fixed=True)
    assert table_of(kept, hours=1).fresh("AED", "SAR").is_fixed
    assert table.rate("AED", "USD") == rate("0.5", hours=97)
    assert table_of(kept, hours=97).fresh("AED", "USD") == table.rate("AED", "USD")
    for base, quote in (("AED", "USD"), ("USD", "AED")):
        with pytest.raises(StaleRate) as refused:
            table.fresh(base, quote)
        assert refused.value.params["as_of"] == NOW - timedelta(hours=97)


@given(base=st.decimals("0.0000000001", "9999999999", places=10), quote=st.decimals("0.0000000001", "9999999999", places=10))
def test_there_and_back_is_one_to_twelve_digits(base: Decimal, quote: Decimal) -> None:
    table = table_of({("EUR", "USD"): rate(str(base)), ("EUR", "GBP"): rate(str(quote))})
    there, back = table.rate("USD", "GBP"), table.rate("GBP", "USD")
    assert there is not None
    assert back is not None
    assert abs(there.rate * back.rate - 1) < Decimal("1e-12")


@pytest.mark.usefixtures("rolled_back")
async def test_the_latest_rate_up_to_the_moment_counts() -> None:
    for days, amount in ((3, "1.10"), (1, "1.20"), (-1, "1.30")):
        await fx.put_rates([NewRate(base="EUR", quote="SEK", rate=Decimal(amount))], provider="tests", as_of=NOW - timedelta(days=days))
    found = (await fx.rates(NOW)).rate("EUR", "SEK")
    assert found == Rate(rate=Decimal("1.2000000000"), provider="tests", as_of=NOW - timedelta(days=1), is_fixed=False)
    earlier = (await fx.rates(NOW - timedelta(days=2))).rate("EUR", "SEK")
    assert earlier is not None
    assert earlier.rate == Decimal("1.1")


@pytest.mark.usefixtures("rolled_back")
async def test_a_rate_that_stands_is_never_changed(rolled_back: asyncpg.Connection[asyncpg.Record]) -> None:
    first, other = (NewRate(base="EUR", quote="SEK", rate=Decimal(amount)) for amount in ("1.1", "9.9"))
    assert await fx.put_rates([first], provider="tests", as_of=NOW, is_fixed=True) == 1
    assert await fx.put_rates([other], provider="tests", as_of=NOW) == 0
    found = (await fx.rates(NOW)).rate("EUR", "SEK")
    assert found is not None
    assert (found.rate, found.is_fixed) == (Decimal("1.1"), True)
    for sql in ("UPDATE kernel.fx_rates SET rate = 2", "DELETE FROM kernel.fx_rates"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with transaction(actor=WORKER):
                await rolled_back.execute(sql)


@pytest.mark.usefixtures("rolled_back")
@pytest.mark.parametrize(
    "base, quote, amount",
    [
        ("EUR", "EUR", "1"),
        ("EUR", "XXX", "1"),
        ("eur", "USD", "1"),
        ("EUR", "USD", "0"),
        ("EUR", "USD", "-1"),
        ("EUR", "USD", "NaN"),
        ("EUR", "USD", "Infinity"),
        ("EUR", "USD", "1e10"),
        ("EUR", "USD", "1e-11"),
    ],
)
async def test_what_is_no_rate_is_refused_and_nothing_is_written(
    base: str, quote: str, amount: str, rolled_back: asyncpg.Connection[asyncpg.Record]
) -> None:
    before = await rolled_back.fetchval("SELECT count(*) FROM kernel.fx_rates")
    good = NewRate(base="EUR", quote="SEK", rate=Decimal("1.1"))
    with pytest.raises(InvalidInput) as refused:
        await fx.put_rates([good, NewRate(base=base, quote=quote, rate=Decimal(amount))], provider="tests", as_of=NOW)
    assert [error.pointer for error in refused.value.errors] == ["/rates/1"]
    assert await rolled_back.fetchval("SELECT count(*) FROM kernel.fx_rates") == before


async def test_the_table_is_kept_for_a_while_and_only_when_committed(committed: object) -> None:
    assert committed
    await fx.put_rates([NewRate(base="EUR", quote="SEK", rate=Decimal("1.1"))], provider="tests", as_of=NOW - timedelta(hours=1))
    table = await fx.rates(NOW)
    assert await fx.rates(NOW + timedelta(seconds=29)) is table
    assert await fx.rates(NOW + timedelta(seconds=31)) is not table
    with pytest.raises(ZeroDivisionError):
        async with transaction(actor=WORKER):
            await fx.put_rates([NewRate(base="EUR", quote="SEK", rate=Decimal("2.2"))], provider="tests", as_of=NOW)
            seen = (await fx.rates(NOW)).rate("EUR", "SEK")
            assert seen is not None
            assert seen.rate == Decimal("2.2")
            raise ZeroDivisionError
    after = (await fx.rates(NOW)).rate("EUR", "SEK")
    assert after is not None
    assert after.rate == Decimal("1.1")
