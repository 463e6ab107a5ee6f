"""Tests of the feed: files make and change offers as one would by hand, all or none, and a second time nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from marketplace.kernel import files as kept
from marketplace.kernel import wording
from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import transaction
from marketplace.kernel.errors import InvalidTransition, NotFound
from marketplace.kernel.ids import uuid7
from marketplace.kernel.sheets_in.errors import FileStopped, ImportHasErrors
from marketplace.kernel.sheets_in.schemas import MappingIn
from tests.conftest import NOW
from tests.vendors import feed, market
from vendors.imports import service
from vendors.imports.errors import ColumnsNotAllowed, NotYourFile, PausingStopped, TooManyMissing
from vendors.imports.schemas import ApplyIn
from vendors.offers import service as offers
from vendors.offers.schemas import OwnFilter
from vendors.stock import service as stock

if TYPE_CHECKING:
    from pathlib import Path

    from vendors.offers.schemas import OwnOffer

pytestmark = pytest.mark.usefixtures("rolled_back", "files")


async def own(seller: market.Shop) -> dict[str, OwnOffer]:
    return {one.fact.supplier_sku: one for one in await offers.own_offers(OwnFilter(), actor=seller.actor, now=NOW)}


async def told() -> list[dict[str, Any]]:
    async with transaction(actor=WORKER) as held:
        rows = await held.fetch("SELECT payload FROM kernel.outbox WHERE kind = 'OffersChanged' ORDER BY id")
    return [json.loads(row["payload"]) for row in rows]


async def test_a_file_makes_new_offers_and_changes_known_ones() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    known = await market.product("P-1", now=NOW)
    await market.product("P-2", now=NOW)
    await market.offer(seller, known, "H-1", now=NOW)
    content = (
        "sku,brand,part number,currency,price,price_100,moq,multiple,stock,origin,lead days\n"
        "H-1,,,,11.90,,,,7,,\n"
        "H-2,Nord,P-2,EUR,20,18.5,10,10,40,DE,3\n"
    )  # fmt: skip
    run = await feed.checked(seller, content)
    assert (run.state, run.counts.new, run.counts.changed, run.counts.errors) == ("checked", 1, 1, 0)
    assert set(await own(seller)) == {"H-1"}
    await service.apply(run.id, wanted=ApplyIn(), actor=seller.actor, now=NOW)
    assert await service.advance(run.id, now=NOW)
    mine = await own(seller)
    assert (await service.my_run(run.id, actor=seller.actor)).state == "applied"
    assert (mine["H-1"].fact.tier_price, mine["H-1"].fact.available, mine["H-1"].version) == ([Decimal("11.90")], 7, 2)
    made = mine["H-2"].fact
    assert (made.tier_from, made.tier_price) == ([1, 100], [Decimal(20), Decimal("18.5")])
    assert (made.moq, made.multiple, made.available, made.lead_days, made.origin_country, mine["H-2"].reasons) == (10, 10, 40, 3, "DE", ())


async def test_the_same_file_twice_changes_nothing() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    await market.product("P-1", now=NOW)
    content = "sku,brand,part number,currency,price,stock,origin\nH-1,Nord,P-1,EUR,11.90,7,DE\n"
    first = await feed.applied(seller, content)
    before = await feed.state()
    again = await feed.applied(seller, content)
    assert (first.counts.new, again.counts.new, again.counts.unchanged) == (1, 0, 1)
    assert await feed.state() == before


async def test_one_bad_row_keeps_the_whole_file_from_being_applied() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    await market.product("P-1", now=NOW)
    content = "sku,brand,part number,currency,price,origin\nH-1,Nord,P-1,EUR,11.90,DE\nH-2,Nord,P-9,EUR,1,DE\n"
    run = await feed.checked(seller, content)
    before = await feed.state()
    with pytest.raises(ImportHasErrors):
        await service.apply(run.id, wanted=ApplyIn(), actor=seller.actor, now=NOW)
    assert await feed.state() == before
    assert await feed.problems(run, seller) == [(3, ["unknown-product|part_number|P9"])]
    await service.apply(run.id, wanted=ApplyIn(partial=True), actor=seller.actor, now=NOW)
    await service.advance(run.id, now=NOW)
    assert set(await own(seller)) == {"H-1"}


async def test_a_whole_list_pauses_what_it_does_not_name_up_to_a_fifth() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    product_id = await market.product("P-1", now=NOW)
    for number in range(5):
        await market.offer(seller, product_id, f"H-{number}", now=NOW)
    whole = "sku,price\n" + "".join(f"H-{number},12.50\n" for number in range(4))
    run = await feed.applied(seller, whole, mode="full")
    assert (run.counts.missing, run.counts.active, run.counts.unchanged) == (1, 5, 4)
    assert {sku: one.fact.state for sku, one in (await own(seller)).items()} == {**{f"H-{n}": "approved" for n in range(4)}, "H-4": "paused"}
    half = await feed.checked(seller, "sku,price\nH-0,12.50\nH-1,12.50\nH-4,12.50\n", mode="full")
    before = await feed.state()
    with pytest.raises(TooManyMissing) as refused:
        await service.apply(half.id, wanted=ApplyIn(), actor=seller.actor, now=NOW)
    assert refused.value.extra == {"missing": 2, "active": 4}
    assert await feed.state() == before
    await service.apply(half.id, wanted=ApplyIn(force=True), actor=seller.actor, now=NOW)
    await service.advance(half.id, now=NOW)
    states = {sku: one.fact.state for sku, one in (await own(seller)).items()}
    assert states == {"H-0": "approved", "H-1": "approved", "H-2": "paused", "H-3": "paused", "H-4": "approved"}


async def test_only_touched_products_are_told_to_search() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    ids = [await market.product(f"P-{number}", now=NOW) for number in range(3)]
    for number, product_id in enumerate(ids):
        await market.offer(seller, product_id, f"H-{number}", now=NOW)
    known = await told()
    await feed.applied(seller, "sku,price\nH-0,12.50\nH-1,13\nH-2,12.5000\n")
    assert [fact["product_ids"] for fact in (await told())[len(known) :]] == [[str(ids[1])]]


async def test_anothers_file_is_not_there() -> None:
    seller, other = await market.shop("Hansa Lager", now=NOW), await market.shop("Elbe Teile", now=NOW)
    run = await feed.checked(seller, "sku,price\nH-0,12.50\n")
    with pytest.raises(NotFound):
        await service.my_run(run.id, actor=other.actor)
    with pytest.raises(NotFound):
        await service.apply(run.id, wanted=ApplyIn(), actor=other.actor, now=NOW)


async def test_a_file_that_was_given_up_is_not_applied() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    run = await feed.checked(seller, "sku,price\nH-0,12.50\n")
    assert (await service.abandon(run.id, actor=seller.actor, now=NOW)).state == "abandoned"
    with pytest.raises(InvalidTransition):
        await service.apply(run.id, wanted=ApplyIn(), actor=seller.actor, now=NOW)
    with pytest.raises(InvalidTransition):
        await service.abandon(run.id, actor=seller.actor, now=NOW)


@pytest.mark.parametrize("role, may", [("owner", True), ("catalogue", True), ("sales", False), ("fulfilment", False)])
async def test_anothers_file_is_given_up_only_by_who_keeps_the_catalogue(role: str, *, may: bool) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    run = await feed.checked(seller, "sku,stock\nH-0,12\n")
    colleague = msgspec.structs.replace(seller.actor, person_id=uuid7(), roles=frozenset({role}))
    assert (await service.detail(run.id, actor=colleague, now=NOW)).may_give_up is may
    if may:
        assert (await service.abandon(run.id, actor=colleague, now=NOW)).state == "abandoned"
    else:
        with pytest.raises(NotYourFile):
            await service.abandon(run.id, actor=colleague, now=NOW)
        assert (await service.my_run(run.id, actor=seller.actor)).state == "checked"


@pytest.mark.parametrize("role", ["sales", "fulfilment"])
async def test_who_sent_a_file_gives_it_up_in_any_role(role: str) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    sender = msgspec.structs.replace(seller.actor, person_id=uuid7(), roles=frozenset({role}))
    run = await feed.checked(replace(seller, actor=sender), "sku,stock\nH-0,12\n" if role == "fulfilment" else "sku,price\nH-0,12\n")
    assert (await service.detail(run.id, actor=sender, now=NOW)).may_give_up
    assert (await service.abandon(run.id, actor=sender, now=NOW)).state == "abandoned"


async def test_old_files_and_their_rows_are_thrown_away_and_what_was_imported_stays(files: Path) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    await market.offer(seller, await market.product("P-1", now=NOW), "H-1", now=NOW)
    done = await feed.applied(seller, "sku,stock\nH-1,5\n")
    left = await feed.checked(seller, "sku,stock\nH-1,6\n")
    # The world's own files are older.
    await service.purge(NOW, now=NOW)
    assert len([one for one in files.rglob("*") if one.is_file()]) == 2
    assert await service.purge(NOW + timedelta(seconds=1), now=NOW + timedelta(days=31)) == 4
    assert [one for one in files.rglob("*") if one.is_file()] == []
    states = {one.id: one.state for one in (await service.my_runs(actor=seller.actor))[0]}
    assert states == {done.id: "applied", left.id: "abandoned"}
    assert (await service.detail(done.id, actor=seller.actor, now=NOW)).samples == []
    assert (await own(seller))["H-1"].fact.available == 5


async def test_a_file_that_is_gone_before_it_was_checked_is_told(files: Path) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    run = await feed.sent(seller, "sku,stock\nH-1,5\n")
    for one in files.rglob("*.csv"):
        one.unlink()
    assert await service.advance(run.id, now=NOW)
    found = await service.my_run(run.id, actor=seller.actor)
    assert (found.state, service.told(found, "en").problem) == ("failed", "The file is no longer kept; send it again.")


async def test_a_file_that_stops_the_work_keeps_no_other_back() -> None:
    seller, other = await market.shop("Hansa Lager", now=NOW), await market.shop("Elbe Teile", now=NOW)
    unforeseen = await feed.sent(seller, "sku,stock\nH-1,5\n")
    async with transaction(actor=WORKER) as held:
        await held.execute("""UPDATE vendors.import_runs SET mapping = jsonb_set(mapping, '{columns,sku}', '"gone"') WHERE id = $1""", unforeseen.id)
    changed = await feed.sent(seller, '{"sku": "H-1", "stock": "5"}\n', name="a.jsonl")
    kept.path(kept.key("imports", changed.id, suffix="jsonl")).write_bytes(b'{"sku": "H-1", "stock": "5"}\n{"sku": "\\ud800x"}\n')
    away = await feed.sent(seller, '{"sku": "H-2", "stock": "5"}\n', name="b.jsonl")
    place = kept.path(kept.key("imports", away.id, suffix="jsonl"))
    place.unlink()
    place.mkdir()
    good = await feed.sent(other, "sku,stock\nH-1,5\n")
    with pytest.raises(OSError, match="directory"):
        await service.work_due(NOW)
    found = [service.told(await service.my_run(run.id, actor=seller.actor), "en") for run in (unforeseen, changed, away)]
    assert [(run.state, run.problem) for run in found] == [
        ("failed", FileStopped.message),
        ("failed", "Line 2 cannot be read: it has half of a letter (a lone surrogate)."),
        ("waiting", ""),
    ]
    assert (await service.my_run(good.id, actor=other.actor)).state == "checked"


async def test_what_a_whole_list_pauses_is_judged_when_it_is_applied() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    product_id = await market.product("P-1", now=NOW)
    for number in range(10):
        await market.offer(seller, product_id, f"H-{number}", now=NOW)
    every = [f"H-{number}" for number in range(10)]
    await feed.applied(seller, "sku,action\n" + "".join(f"{sku},pause\n" for sku in every[2:]))
    whole = await feed.checked(seller, "sku,price\nH-0,12.50\nH-1,12.50\n", mode="full")
    assert (whole.counts.missing, whole.counts.active) == (0, 2)
    await feed.applied(seller, "sku,action\n" + "".join(f"{sku},upsert\n" for sku in every))
    shown = (await service.detail(whole.id, actor=seller.actor, now=NOW)).run.counts
    assert (shown.missing, shown.active) == (8, 10)
    before = await feed.state()
    with pytest.raises(TooManyMissing) as refused:
        await service.apply(whole.id, wanted=ApplyIn(), actor=seller.actor, now=NOW)
    assert refused.value.extra == {"missing": 8, "active": 10}
    assert (await service.my_run(whole.id, actor=seller.actor)).state == "checked"
    assert await feed.state() == before


async def test_what_a_whole_list_pauses_is_judged_again_before_the_first_is_paused() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    product_id = await market.product("P-1", now=NOW)
    await market.offer(seller, product_id, "H-0", now=NOW)
    whole = await feed.checked(seller, "sku,price\nH-0,13\n", mode="full")
    await service.apply(whole.id, wanted=ApplyIn(), actor=seller.actor, now=NOW)
    await market.offer(seller, product_id, "H-1", now=NOW)
    assert await service.advance(whole.id, now=NOW)
    found = service.told(await service.my_run(whole.id, actor=seller.actor), "en")
    assert (found.state, found.problem) == ("failed", wording.word(PausingStopped.message, {"missing": 1, "active": 2, "percent": 20}, "en"))
    assert {sku: (one.fact.state, str(one.fact.tier_price[0])) for sku, one in (await own(seller)).items()} == {
        "H-0": ("approved", "13.000000"), "H-1": ("approved", "12.500000"),
    }  # fmt: skip


ROLES = [
    ("sales", "sku,stock\nH-1,5\n", {}, ["stock"]),
    ("sales", "sku,price,safety\nH-1,5,1\n", {}, ["safety"]),
    ("sales", "sku,price\nH-1,5\n", {"mode": "full"}, []),
    ("fulfilment", "sku,gtin,stock,safety\nH-1,,5,1\n", {}, []),
    ("fulfilment", "sku,Price,stock\nH-1,5,5\n", {}, ["Price"]),
    ("fulfilment", "sku,stock\nH-1,5\n", {"mode": "full"}, [wording.Phrase("the whole list")]),
    ("catalogue", "sku,price,stock\nH-1,5,5\n", {"mode": "full"}, []),
    ("viewer", "sku,stock\nH-1,5\n", {}, ["stock"]),
]


@pytest.mark.parametrize("role, content, terms, wrong", ROLES)
async def test_a_file_changes_what_the_role_may_change_by_hand(role: str, content: str, terms: dict[str, Any], wrong: list[str]) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    theirs = replace(seller, actor=msgspec.structs.replace(seller.actor, roles=frozenset({role})))
    before = await feed.state()
    if wrong:
        with pytest.raises(ColumnsNotAllowed) as refused:
            await feed.sent(theirs, content, **terms)
        assert refused.value.params == {"names": wrong}
        assert (await service.my_runs(actor=seller.actor))[0] == []
        # Nor may they apply what an owner has sent, or map a file to it.
        run = await feed.checked(seller, content, **terms)
        with pytest.raises(ColumnsNotAllowed):
            await service.apply(run.id, wanted=ApplyIn(partial=True), actor=theirs.actor, now=NOW)
        with pytest.raises(ColumnsNotAllowed):
            await service.map_columns(run.id, sent=MappingIn(columns=run.mapping.columns), actor=theirs.actor, now=NOW)
        assert (await service.my_run(run.id, actor=seller.actor)).state == "checked"
    else:
        run = await feed.checked(theirs, content, **terms)
        applied = await service.apply(run.id, wanted=ApplyIn(partial=True, force=True), actor=theirs.actor, now=NOW)
        assert applied.state == "applying"
    assert await feed.state() == before


async def test_a_file_that_counts_watched_stock_low_is_told_once() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    product_id = await market.product("P-1", now=NOW)
    offer_id = await market.offer(seller, product_id, "H-1", now=NOW, on_hand=100)
    await market.offer(seller, product_id, "H-2", now=NOW, on_hand=100)
    await stock.set_watch(offer_id, watch=("units", 10), version=None, actor=seller.actor, now=NOW)
    await feed.applied(seller, "sku,stock\nH-1,10\nH-2,3\n")
    await feed.applied(seller, "sku,stock\nH-1,9\nH-2,2\n")
    assert await stock.count_low(seller.actor) == 1
    async with transaction(actor=WORKER) as held:
        rows = await held.fetch("SELECT payload FROM kernel.outbox WHERE kind = 'StockLow'")
    assert [
        (one["offer_id"], one["available"]) for one in (json.loads(row["payload"]) for row in rows) if one["supplier_id"] == str(seller.supplier_id)
    ] == [(str(offer_id), 10)]
