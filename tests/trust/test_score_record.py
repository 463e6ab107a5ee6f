"""Tests of the published formula's page, of a supplier's own record, and of their API."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import connection, transaction
from marketplace.kernel.ids import uuid7
from tests.conftest import NOW
from trust.score import service
from trust.score.rules_beta import quantile

if TYPE_CHECKING:
    import httpx

    from tests.world import World

pytestmark = pytest.mark.usefixtures("rolled_back")


def words(html: str) -> str:
    """Give a page's text in one line."""
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", html))


async def orders(supplier_id: UUID, count: int, *, late: int = 0, days_ago: int = 20) -> None:
    """Let so many orders be accepted and arrive so many days after their promise."""
    placed = NOW - timedelta(days=days_ago)
    promised = (placed + timedelta(days=7)).date()
    known: dict[str, Any] = {"supplier_id": supplier_id, "buyer_id": UUID(int=902)}
    for number in range(count):
        order_id = uuid7()
        await service.note(order_id, kind="placed", at=placed, now=placed, placed_at=placed, order_number=f"G7-{number}", **known)
        await service.note(order_id, kind="accepted", at=placed, now=placed, placed_at=placed, promised_on=promised, time_zone="UTC", **known)
        arrived = placed + timedelta(days=7 + late)
        await service.note(order_id, kind="delivered", at=arrived, now=arrived, delivered_on=promised + timedelta(days=late), **known)


async def test_the_page_of_the_formula_works_a_real_supplier_out_with_its_own_numbers(client: httpx.AsyncClient, world: World) -> None:
    supplier = world.logins["supplier_a"].organisation_id
    await orders(supplier, 9)
    await orders(supplier, 3, late=2)
    await service.recompute_all(NOW)
    page = words((await client.get("/trust/formula")).text)
    assert "A worked example: Nordwind" in page
    found = re.search(r"\((\d+) \+ (\d+) · ([\d.]+)\) / \((\d+) \+ \d+\) = ([\d.]+)", page)
    assert found is not None
    k, strength, mean, n, rate = (Decimal(part) for part in found.groups())
    assert ((k + strength * mean) / (n + strength)).quantize(Decimal("0.000001")) == rate
    interval = re.search(r"Beta\(([\d.]+), ([\d.]+)\): ([\d.]+) \N{EN DASH} ([\d.]+)", page)
    assert interval is not None
    a, b, low, high = (Decimal(part) for part in interval.groups())
    assert (a, b) == (k + strength * mean, n - k + strength * (1 - mean))
    assert (quantile(Decimal("0.05"), a, b), quantile(Decimal("0.95"), a, b)) == (low, high)
    for locale in ("vi", "ar"):
        assert (await client.get(f"/{locale}/trust/formula")).status_code == 200


async def test_a_market_without_orders_explains_the_formula_all_the_same(client: httpx.AsyncClient) -> None:
    page = await client.get("/trust/formula")
    assert page.status_code == 200
    assert "A worked example" not in page.text
    assert " style=" not in page.text


async def test_a_supplier_reads_each_of_its_orders_with_how_it_counts(as_supplier_a: httpx.AsyncClient, world: World) -> None:
    supplier = world.logins["supplier_a"].organisation_id
    known = (await as_supplier_a.get("/api/v1/trust/orders", params={"limit": "200"})).json()["items"]
    before = len(known)
    await orders(supplier, 5)
    await orders(supplier, 2, late=3)
    await service.recompute(NOW)
    page = await as_supplier_a.get("/supplier/trust")
    assert page.status_code == 200
    text = words(page.text)
    assert text.count("counts against it") == 2 + [value for one in known for value in (one["on_time"], one["acceptance"])].count("no")
    assert "G7-4" in text
    items = (await as_supplier_a.get("/api/v1/trust/orders", params={"limit": "200"})).json()["items"]
    assert len(items) == before + 7
    late = [one for one in items if one["on_time"] == "no" and one not in known]
    assert [(one["promised_on"], one["delivered_on"], one["acceptance"]) for one in late] == [("2026-11-11", "2026-11-14", "yes")] * 2
    first = (await as_supplier_a.get("/api/v1/trust/orders", params={"limit": "4"})).json()
    second = (await as_supplier_a.get("/api/v1/trust/orders", params={"limit": "4", "cursor": first["next_cursor"]})).json()
    assert [one["order_id"] for one in first["items"] + second["items"]] == [one["order_id"] for one in items[:8]]
    assert (await as_supplier_a.get("/supplier/trust", params={"cursor": "made-up"})).status_code == 400


async def test_another_supplier_and_a_buyer_see_nothing_of_it_and_the_operator_does(
    as_supplier_b: httpx.AsyncClient, as_buyer_a: httpx.AsyncClient, as_operator: httpx.AsyncClient, world: World
) -> None:
    supplier = world.logins["supplier_a"].organisation_id
    await orders(supplier, 5)
    assert "G7-4" not in (await as_supplier_b.get("/supplier/trust")).text
    assert (await as_buyer_a.get("/supplier/trust")).status_code == 403
    assert (await as_supplier_b.get(f"/operator/suppliers/{supplier}/trust")).status_code == 403
    seen = await as_operator.get(f"/operator/suppliers/{supplier}/trust")
    assert (seen.status_code, "G7-4" in seen.text) == (200, True)
    assert (await as_operator.get(f"/operator/suppliers/{uuid7()}/trust")).status_code == 404


async def test_the_rates_of_a_past_moment_are_read_with_the_means_of_then(client: httpx.AsyncClient, world: World) -> None:
    supplier = world.logins["supplier_b"].organisation_id
    path = f"/api/v1/suppliers/{supplier}/trust"
    before = (await client.get(path)).json()
    await orders(supplier, 6, days_ago=60)
    await service.keep_means(NOW - timedelta(days=30))
    await orders(supplier, 6, late=1)
    await service.recompute_all(NOW)
    then = (await client.get(path, params={"as_of": (NOW - timedelta(days=28)).isoformat()})).json()
    now = (await client.get(path)).json()
    assert (then["on_time"]["k"], then["on_time"]["n"], now["on_time"]["n"] - before["on_time"]["n"]) == (6, 6, 12)
    assert then["means_as_of"] == (NOW - timedelta(days=30)).isoformat().replace("+00:00", "Z")
    assert {one["measure"] for one in now["means"]} == {"on_time", "acceptance"}
    assert (now["least_n"], now["strength"], now["formula"]) == (5, 10, "rates-2")
    for wrong in ("tomorrow", "2026-11-24", "2126-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9" * 40):
        answer = await client.get(path, params={"as_of": wrong})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/as_of")


async def test_rates_of_the_first_formula_are_told_without_a_rate_until_they_are_worked_out_anew(client: httpx.AsyncClient, world: World) -> None:
    supplier = world.logins["supplier_a"].organisation_id
    async with transaction(actor=WORKER):
        await connection().execute(
            """INSERT INTO trust.supplier_rates (supplier_id, as_of, on_time_k, on_time_n, on_time_low, on_time_high, formula)
               VALUES ($1, $2, 5, 6, 0.5, 0.9, 'rates-1') ON CONFLICT (supplier_id) DO UPDATE SET on_time_k = 5, on_time_n = 6, on_time_low = 0.5,
               on_time_high = 0.9, on_time_rate = NULL, on_time_mean = NULL""",
            supplier, NOW,
        )  # fmt: skip
    for path in ("/suppliers/nordwind", "/trust/formula", f"/products/{world.offers[0].product_id}", f"/api/v1/suppliers/{supplier}/rates"):
        assert (await client.get(path)).status_code == 200


@pytest.mark.usefixtures("fixed_clock")
async def test_others_than_the_supplier_and_the_operator_read_a_past_moment_as_the_end_of_the_last_whole_day(
    client: httpx.AsyncClient, as_buyer_a: httpx.AsyncClient, as_supplier_a: httpx.AsyncClient, as_supplier_b: httpx.AsyncClient,
    as_operator: httpx.AsyncClient, world: World,
) -> None:  # fmt: skip
    supplier = world.logins["supplier_a"].organisation_id
    moments = [datetime.fromisoformat(f"2026-11-{day}:00+00:00") for day in ("22T00:00", "22T01:30", "23T00:00", "24T00:00", "24T09:20")]
    moments.append(moments[1] - timedelta(seconds=1))
    before = {one: (await service.rates_as_of(supplier, as_of=one)).on_time.n for one in moments}
    placed, moved = NOW - timedelta(days=20), NOW.replace(hour=1, minute=30) - timedelta(days=2)
    known: dict[str, Any] = {"order_id": uuid7(), "supplier_id": supplier, "buyer_id": UUID(int=902)}
    await service.note(kind="placed", at=placed, now=placed, placed_at=placed, order_number="G7-0", **known)
    promised = (moved + timedelta(days=1)).date()
    await service.note(kind="accepted", at=placed, now=placed, placed_at=placed, promised_on=promised, time_zone="UTC", **known)
    await service.note(kind="delivered", at=moved, now=moved, delivered_on=moved.date(), **known)

    async def read(who: httpx.AsyncClient, moment: str) -> tuple[str, int]:
        answer = (await who.get(f"/api/v1/suppliers/{supplier}/trust", params={"as_of": moment})).json()
        return answer["as_of"], answer["on_time"]["n"] - before[datetime.fromisoformat(answer["as_of"])]

    for who in (client, as_buyer_a, as_supplier_b):
        # The hour is the same at both ends of the day on which the count moved, and only the next day tells it.
        for moment in ("2026-11-22T01:29:59+00:00", "2026-11-22T01:30:00+00:00", "2026-11-22T23:59:59+00:00", "2026-11-23T03:00:00+07:00"):
            assert await read(who, moment) == ("2026-11-22T00:00:00Z", 0)
        assert await read(who, "2026-11-23T00:00:00+00:00") == ("2026-11-23T00:00:00Z", 1)
        assert await read(who, NOW.isoformat()) == ("2026-11-24T00:00:00Z", 1)
        assert await read(who, "") == ("2026-11-24T09:20:00Z", 1)
    for who in (as_supplier_a, as_operator):
        assert await read(who, "2026-11-22T01:29:59+00:00") == ("2026-11-22T01:29:59Z", 0)
        assert await read(who, "2026-11-22T01:30:00+00:00") == ("2026-11-22T01:30:00Z", 1)
    described = (await client.get("/api/openapi.json")).text
    assert "the end of the last whole UTC day at that moment" in described


@pytest.mark.usefixtures("fixed_clock")
async def test_the_public_page_tells_the_day_of_the_last_count_and_the_record_how_long_ago_it_was(
    client: httpx.AsyncClient, as_supplier_a: httpx.AsyncClient, world: World
) -> None:
    supplier = world.logins["supplier_a"].organisation_id
    await orders(supplier, 5)
    await service.recompute_all(NOW - timedelta(minutes=3))
    slug = world.own["supplier"]["supplier_slug"]
    page = words((await client.get(f"/suppliers/{slug}")).text)
    assert "Counted by this market from its orders, Tue 24 Nov 2026." in page
    assert "Counted by this market from its orders, Tue 24" not in words((await as_supplier_a.get("/supplier/trust")).text)
