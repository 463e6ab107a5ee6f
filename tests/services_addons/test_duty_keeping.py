"""Tests of keeping duty: rates that give way, overlaps that are refused, files, customs unions by their days, and which rule holds."""

from __future__ import annotations

import asyncio
import html
import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.catalogue.taxonomy.schemas import NewCategory
from marketplace.kernel.actor import WORKER, Actor
from marketplace.kernel.database import transaction
from marketplace.kernel.errors import DomainError, NotAllowed, NotFound
from marketplace.kernel.ids import uuid7
from services_addons.duty import service
from services_addons.duty.errors import BadDutyFile, BadDutyRate, DutyRatesOverlap
from services_addons.duty.schemas import DutyFileIn, DutyQuery, DutyRateIn, MemberIn, RateFilter
from tests.conftest import NOW
from tests.edge.refusals import check_problem
from tests.vendors import market

if TYPE_CHECKING:
    import httpx

    from marketplace.kernel.database import Connection
    from marketplace.kernel.settings import Settings

TODAY = NOW.date()
OPERATOR = Actor(organisation_id=uuid7(), person_id=uuid7(), capacities=frozenset({"operator"}), roles=frozenset({"admin"}))
RATE = DutyRateIn(destination="CA", hs_prefix="9982", percent="4.5", valid_from=date(2026, 1, 1), source="Customs Tariff 2026, chapter 99")


def but(**changes: Any) -> DutyRateIn:
    """Change the rate."""
    return msgspec.structs.replace(RATE, **changes)


async def count(connection: Connection) -> int:
    return int(await connection.fetchval("SELECT count(*) FROM services.duty_rates"))


async def told(
    ships_from: str, destination: str, hs: str | None, *, origin: str = "", category: str | None = None, on: date = TODAY
) -> tuple[str, str | None]:
    """Ask which rule holds."""
    query = DutyQuery(ships_from, origin or ships_from, destination, hs, None)
    answer = await service.which_rule(query, category=category, on=on, actor=OPERATOR)
    return answer.kind, answer.percent or answer.union


@pytest.mark.usefixtures("rolled_back")
async def test_a_new_rate_ends_the_one_without_end_the_day_before_and_both_answer_on_their_days() -> None:
    first = await service.add_rate(RATE, actor=OPERATOR, now=NOW)
    await service.add_rate(but(percent="0", valid_from=date(2027, 1, 1)), actor=OPERATOR, now=NOW)
    found, total = await service.rates(RateFilter(destination="CA", hs_prefix="9982"), actor=OPERATOR, now=NOW)
    assert total == 2
    assert next(one for one in found if one.id == first.id).valid_to == date(2026, 12, 31)
    assert await told("JP", "CA", "998210") == ("rate", "4.5")
    assert await told("JP", "CA", "998210", on=date(2027, 1, 1)) == ("rate", "0")
    assert await told("JP", "CA", "998210", on=date(2025, 12, 31)) == ("unknown", None)


async def test_pages_of_rates_lead_through_all_of_them_once_in_their_order(as_operator: httpx.AsyncClient, rolled_back: Connection) -> None:
    assert rolled_back
    for percent, change in (
        ("1", {"hs_prefix": "9982"}), ("2", {"hs_prefix": "998210"}), ("3", {"hs_prefix": "998210", "origin": "JP"}),
        ("4", {"hs_prefix": "998210", "origin": "JP", "valid_from": date(2027, 1, 1)}), ("5", {"hs_prefix": None, "category": "ball-valves"}),
        ("6", {"hs_prefix": None, "category": "v-belts"}),
    ):  # fmt: skip
        await service.add_rate(but(percent=percent, destination="ZW", **change), actor=OPERATOR, now=NOW)
    whole = (await as_operator.get("/api/v1/operator/duty/rates", params={"destination": "ZW", "limit": "200"})).json()
    wanted = [one["percent"] for one in whole["items"]]
    assert (wanted, whole["next_cursor"]) == (["1", "2", "4", "3", "5", "6"], None)
    seen, cursor = [], ""
    while True:
        page = (await as_operator.get("/api/v1/operator/duty/rates", params={"destination": "ZW", "limit": "1", "cursor": cursor})).json()
        seen += [one["percent"] for one in page["items"]]
        if not (cursor := page["next_cursor"]):
            break
    assert seen == wanted
    first = (await as_operator.get("/api/v1/operator/duty/rates", params={"destination": "ZW", "limit": "1"})).json()["next_cursor"]
    foreign = await as_operator.get("/api/v1/operator/duty/rates", params={"destination": "US", "cursor": first})
    check_problem(foreign, 400, "bad-cursor")


async def test_the_page_of_duty_leads_to_all_rates(as_operator: httpx.AsyncClient, rolled_back: Connection) -> None:
    total = await rolled_back.fetchval("SELECT count(*) FROM services.duty_rates WHERE valid_to IS NULL OR valid_to >= $1", TODAY)
    rows, path = 0, "/operator/duty"
    while path:
        page = (await as_operator.get(path)).text
        rows += page.count('data-l="Into"')
        found = re.search(r'<a class="btn small" rel="next" href="([^"]+)"', page)
        path = html.unescape(found.group(1)) if found else ""
    assert (rows, rows > 40) == (total, True)
    assert (await as_operator.get("/operator/duty?cursor=made-up")).status_code == 400


async def test_a_rate_that_meets_another_one_is_refused_and_nothing_changes(rolled_back: Connection) -> None:
    await service.add_rate(but(valid_to=date(2026, 12, 31)), actor=OPERATOR, now=NOW)
    held = await count(rolled_back)
    with pytest.raises(DutyRatesOverlap) as refused:
        await service.add_rate(but(valid_from=date(2026, 12, 31)), actor=OPERATOR, now=NOW)
    assert refused.value.params["valid_from"] == date(2026, 1, 1)
    assert await count(rolled_back) == held
    await service.add_rate(but(origin="JP"), actor=OPERATOR, now=NOW)


async def test_of_64_rates_for_the_same_goods_sent_at_once_one_stands(committed: Settings) -> None:
    assert committed

    async def add() -> str:
        try:
            await service.add_rate(but(valid_to=date(2026, 12, 31)), actor=OPERATOR, now=NOW)
        except DomainError as error:
            return error.code
        return "stored"

    answers = await asyncio.gather(*(add() for _ in range(64)))
    assert (answers.count("stored"), answers.count("duty-rates-overlap")) == (1, 63)
    async with transaction(actor=WORKER) as connection:
        assert await connection.fetchval("SELECT count(*) FROM services.duty_rates WHERE hs_prefix = '9982'") == 1


@pytest.mark.usefixtures("rolled_back")
async def test_the_longest_code_goes_before_a_category_and_the_nearer_category_before_those_above() -> None:
    (top,) = await taxonomy.create_categories([NewCategory(slug="duty-top", names={"en": "Top"})])
    await taxonomy.create_categories([NewCategory(slug="duty-low", names={"en": "Low"}, parent_id=top)])
    goods = {"hs_prefix": None}
    await service.add_rate(but(category="duty-top", percent="9", **goods), actor=OPERATOR, now=NOW)
    assert await told("JP", "CA", None, category="duty-low") == ("rate", "9")
    await service.add_rate(but(category="duty-low", percent="7", **goods), actor=OPERATOR, now=NOW)
    assert await told("JP", "CA", None, category="duty-low") == ("rate", "7")
    assert await told("JP", "CA", None, category="duty-top") == ("rate", "9")
    await service.add_rate(but(hs_prefix="99", percent="5"), actor=OPERATOR, now=NOW)
    await service.add_rate(but(hs_prefix="9982", percent="3"), actor=OPERATOR, now=NOW)
    assert await told("JP", "CA", "998299", category="duty-low") == ("rate", "3")
    assert await told("JP", "CA", "991299", category="duty-low") == ("rate", "5")
    await service.add_rate(but(origin="VN", percent="1"), actor=OPERATOR, now=NOW)
    assert await told("JP", "CA", "998299", origin="VN") == ("rate", "1")


@pytest.mark.usefixtures("rolled_back")
async def test_a_union_frees_goods_on_the_days_on_which_both_countries_belong() -> None:
    assert await told("GB", "DE", "8482", on=date(2020, 12, 31)) == ("union", "EU")
    assert await told("GB", "DE", "8482", on=date(2021, 1, 1)) == ("unknown", None)
    assert await told("KZ", "RU", "0101", on=date(2015, 1, 1)) == ("union", "EAEU")
    assert await told("KG", "RU", "0101", on=date(2015, 8, 11)) == ("unknown", None)
    assert await told("AE", "KW", None) == ("union", "GCC")
    assert await told("DE", "DE", "8482") == ("domestic", None)
    await service.put_member(MemberIn(code="SACU", country="ZA", source="SACU Agreement 2002"), actor=OPERATOR, now=NOW)
    await service.put_member(MemberIn(code="SACU", country="NA", source="SACU Agreement 2002"), actor=OPERATOR, now=NOW)
    assert await told("ZA", "NA", None) == ("union", "SACU")
    last = TODAY - timedelta(days=1)
    members = await service.put_member(MemberIn(code="SACU", country="NA", source="Left", valid_to=last, version=1), actor=OPERATOR, now=NOW)
    assert [(one.country, one.valid_to) for one in members if one.code == "SACU"] == [("NA", last), ("ZA", None)]
    assert await told("ZA", "NA", None) == ("unknown", None)
    with pytest.raises(BadDutyRate):
        await service.put_member(MemberIn(code="SACU", country="XX", source="Nowhere"), actor=OPERATOR, now=NOW)


async def test_of_64_writers_of_a_membership_at_once_one_wins_and_the_others_are_told(committed: Settings) -> None:
    assert committed
    member = MemberIn(code="SACU", country="ZA", source="SACU Agreement 2002")

    async def put(version: int, source: str) -> str:
        try:
            await service.put_member(msgspec.structs.replace(member, version=version, source=source), actor=OPERATOR, now=NOW)
        except DomainError as error:
            return error.code
        return source

    for version in (0, 1):
        answers = await asyncio.gather(*(put(version, f"Source {number}") for number in range(64)))
        assert answers.count("version-conflict") == 63
        (winner,) = (one for one in answers if one != "version-conflict")
        stands = [one for one in await service.members(actor=OPERATOR) if one.code == "SACU"]
        assert [(one.source, one.version) for one in stands] == [(winner, version + 1)]


async def test_the_page_of_unions_writes_over_the_list_that_it_showed_alone(as_operator: httpx.AsyncClient, rolled_back: Connection) -> None:
    found = re.search(r'name="version" value="(\d+)"', (await as_operator.get("/operator/duty/unions")).text)
    assert found is not None
    typed = {"code": "EU", "country": "DE", "source": "Typed", "version": found.group(1), "csrf_token": as_operator.headers["x-csrf-token"]}
    first = await as_operator.post("/operator/duty/unions", data=typed | {"idempotency_key": str(uuid7())})
    assert first.status_code == 303, first.text[-2000:]
    second = await as_operator.post("/operator/duty/unions", data=typed | {"source": "Later", "idempotency_key": str(uuid7())})
    assert (second.status_code, 'value="Later"' in second.text) == (412, True)
    assert await rolled_back.fetchval("SELECT source FROM services.customs_unions WHERE code = 'EU' AND country = 'DE'") == "Typed"


@pytest.mark.usefixtures("rolled_back")
async def test_ending_a_rate_leaves_duty_not_known_after_its_last_day() -> None:
    made = await service.add_rate(RATE, actor=OPERATOR, now=NOW)
    assert (await service.end_rate(made.id, last_day=TODAY, actor=OPERATOR, now=NOW)).valid_to == TODAY
    assert await told("JP", "CA", "9982", on=TODAY + timedelta(days=1)) == ("unknown", None)
    with pytest.raises(NotFound):
        await service.end_rate(made.id, last_day=TODAY + timedelta(days=5), actor=OPERATOR, now=NOW)
    with pytest.raises(BadDutyRate):
        await service.end_rate(made.id, last_day=TODAY - timedelta(days=1), actor=OPERATOR, now=NOW)


async def test_rates_that_are_given_as_a_file_are_taken_back_and_twice_changes_nothing(rolled_back: Connection) -> None:
    await service.add_rate(but(source="=HYPERLINK(1)", origin="VN", percent="12.25"), actor=OPERATOR, now=NOW)
    text = await service.rates_as_csv(actor=OPERATOR, now=NOW)
    assert "'=HYPERLINK(1)" in text
    held = await count(rolled_back)
    taken = await service.take_file(DutyFileIn(text="\ufeff" + text, decimal="point"), actor=OPERATOR, now=NOW)
    assert (taken.added, taken.unchanged, await count(rolled_back)) == (0, held, held)
    comma = "destination;hs_prefix;percent;valid_from;source\nCA;9983;3,75;2027-01-01;Tariff\n"
    assert (await service.take_file(DutyFileIn(text=comma, decimal="comma"), actor=OPERATOR, now=NOW)).added == 1
    assert await told("JP", "CA", "9983", on=date(2027, 1, 1)) == ("rate", "3.75")


HEAD = "destination,hs_prefix,percent,valid_from,source\n"


@pytest.mark.parametrize(
    "text,lines",
    [
        ("\ufeff", [1]),
        (HEAD, [1]),
        ("destination,destination,rate\n", [1, 1, 1, 1, 1]),
        (HEAD + 'CA,99,3,2027-01-01,"open', [2]),
        (HEAD + "CA,99,3,2027-01-01,Tariff\x00", [2]),
        (HEAD + "CA,99,3,2027-01-01,Tariff\nCA,99,4,2027-01-01,Tariff\n", [3]),
        (HEAD + 'CA,99,"3,5",2027-01-01,Tariff\nca,99,3,2027-01-01,Tariff\nCA,9,3,2027-01-01,Tariff\nCA,99,3,01/02/2027,Tariff\nCA,98,-3,2027-01-01,Tariff\n', [2, 3, 4, 5, 6]),
    ],
)  # fmt: skip
async def test_each_fault_of_a_file_is_told_with_its_line_and_nothing_is_taken(text: str, lines: list[int], rolled_back: Connection) -> None:
    held = await count(rolled_back)
    with pytest.raises(BadDutyFile) as refused:
        await service.take_file(DutyFileIn(text=text, decimal="point"), actor=OPERATOR, now=NOW)
    assert [one.params["line"] for one in refused.value.errors] == lines
    assert await count(rolled_back) == held


@pytest.mark.parametrize(
    "changes,code",
    [
        ({"hs_prefix": None}, "bad-goods"),
        ({"category": "ball-valves"}, "bad-goods"),
        ({"hs_prefix": None, "category": "no-such-category"}, "no-such-category"),
        ({"origin": "XX"}, "unknown-country"),
        ({"destination": "XX"}, "unknown-country"),
        ({"valid_to": date(2025, 12, 31)}, "bad-days"),
        ({"valid_from": date(1999, 12, 31)}, "bad-days"),
    ],
)
async def test_a_rate_that_cannot_be_is_refused_with_what_is_wrong(changes: dict[str, Any], code: str, rolled_back: Connection) -> None:
    held = await count(rolled_back)
    with pytest.raises(BadDutyRate) as refused:
        await service.add_rate(but(**changes), actor=OPERATOR, now=NOW)
    assert [one.code for one in refused.value.errors] == [code]
    assert await count(rolled_back) == held


async def test_nobody_but_the_operator_keeps_or_reads_the_table(rolled_back: Connection) -> None:
    seller = (await market.shop("Hansa Lager", now=NOW)).actor
    held = await count(rolled_back)
    for attempt in (
        service.add_rate(RATE, actor=seller, now=NOW),
        service.take_file(DutyFileIn(text=HEAD, decimal="point"), actor=seller, now=NOW),
        service.end_rate(uuid7(), last_day=TODAY, actor=seller, now=NOW),
        service.put_member(MemberIn(code="SACU", country="ZA", source="None"), actor=seller, now=NOW),
        service.rates(RateFilter(), actor=seller, now=NOW),
        service.members(actor=seller),
    ):
        with pytest.raises(NotAllowed):
            await attempt
    assert await count(rolled_back) == held
