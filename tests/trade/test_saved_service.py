"""Tests of saved comparisons: what is kept, what is said to have changed, whose it is, and its limits."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
import pytest

from marketplace.kernel.actor import ANONYMOUS, WORKER
from marketplace.kernel.database import connection, transaction
from marketplace.kernel.errors import InvalidInput, NotFound, VersionConflict
from marketplace.kernel.ids import uuid7
from marketplace.trade.compare import service as compare
from marketplace.trade.saved import service
from marketplace.trade.saved.errors import ComparisonArchived, TooManyComparisons, TooManySnapshots
from marketplace.trade.saved.schemas import ChangeIn, SaveIn
from tests.conftest import NOW
from tests.trade import deals
from tests.vendors.market import offer, tiers
from vendors.offers import service as offers
from vendors.visibility import service as visibility
from vendors.visibility.schemas import RuleIn

if TYPE_CHECKING:
    from marketplace.kernel.settings import Settings
    from marketplace.trade.saved.schemas import ComparisonOut

LATER = NOW + timedelta(days=2)


async def keep(market: deals.Deal, name: str = "Spring order", **terms: str) -> ComparisonOut:
    """Save a comparison of 60 pieces to Berlin."""
    values = {"quantity": "60", "country": "DE", "postal_code": "10115"} | terms
    return await service.save(SaveIn(product_id=market.product_id, name=name, **values), actor=market.buyer.actor, now=NOW)


async def rows(table: str) -> int:
    """Count a table's rows."""
    async with transaction(actor=WORKER):
        return int(await connection().fetchval(f"SELECT count(*) FROM trade.{table}"))


@pytest.mark.usefixtures("rolled_back")
async def test_the_whole_answer_is_kept_as_it_was_given() -> None:
    market = await deals.deal(now=NOW)
    saved = await keep(market, note="Ask Hansa again.")
    given = {"quantity": "60", "country": "DE", "postal_code": "10115"}
    found = await compare.compare_given(market.product_id, given, viewer=market.buyer.actor, now=NOW)
    full = await service.opened_in_full(saved.id, seq=None, actor=market.buyer.actor)
    assert msgspec.json.decode(msgspec.json.encode(full.answer)) == msgspec.json.decode(msgspec.json.encode(found))
    assert (saved.name, saved.note, saved.state, saved.snapshots, saved.version) == ("Spring order", "Ask Hansa again.", "active", 1, 1)
    assert (saved.latest.offers, saved.latest.ranked, saved.latest.currency) == (3, 3, "EUR")
    assert saved.latest.lowest_minor == found.summary.lowest_minor
    assert saved.latest.first_supplier == found.offers[0].supplier.name


@pytest.mark.usefixtures("rolled_back")
async def test_what_changed_since_is_split_by_cause_and_the_saved_table_stays() -> None:
    market = await deals.deal(now=NOW)
    saved = await keep(market)
    quiet = await service.opened(saved.id, seq=None, actor=market.buyer.actor, now=NOW)
    assert quiet.changes.changed == []
    await offers.set_price(
        market.hansa_offer, tiers=list(tiers((1, "12.50"), (50, "12.00"))), version=None, actor=market.hansa.actor, now=NOW + timedelta(hours=1)
    )
    new = await offer(market.rhein, market.product_id, "R-2", now=NOW + timedelta(hours=1), tiers=tiers((1, "9.00")), on_hand=100)
    found = await service.opened(saved.id, seq=None, actor=market.buyer.actor, now=NOW + timedelta(hours=2))
    by_id = {one.offer_id: one for one in found.changes.offers}
    hansa = by_id[str(market.hansa_offer)]
    assert (hansa.change, hansa.before_minor, hansa.now_minor, hansa.difference_minor) == ("stays", 66_990, 72_990, 6_000)
    assert [(part.cause, part.amount_minor) for part in hansa.causes] == [("price", 6_000)]
    assert (by_id[str(new)].change, by_id[str(new)].before_minor) == ("new", None)
    assert found.answer.first is not None
    assert found.answer.first.known_minor == quiet.answer.first.known_minor if quiet.answer.first else False
    assert found.changes.first_now != ""


@pytest.mark.usefixtures("rolled_back")
async def test_an_offer_that_is_ended_is_no_longer_visible_and_keeping_anew_keeps_both_states() -> None:
    market = await deals.deal(now=NOW)
    saved = await keep(market)
    await connection().execute("UPDATE vendors.offers SET state = 'paused' WHERE id = $1", market.rhein_offer)
    changes = await service.changes_since(saved.id, seq=None, actor=market.buyer.actor, now=LATER)
    gone = [one for one in changes.offers if one.change == "gone"]
    assert [one.offer_id for one in gone] == [str(market.rhein_offer)]
    kept = await service.keep_state(saved.id, actor=market.buyer.actor, now=LATER)
    assert (kept.snapshots, kept.latest.offers, kept.latest.taken_at) == (2, 2, LATER)
    first = await service.opened(saved.id, seq=1, actor=market.buyer.actor, now=LATER)
    assert (first.shown.offers, len(first.answer.offers), [one.seq for one in first.states]) == (3, 3, [2, 1])
    assert [one.change for one in first.changes.offers].count("gone") == 1


@pytest.mark.usefixtures("rolled_back")
async def test_a_needed_by_date_that_has_passed_is_left_out_of_the_question() -> None:
    market = await deals.deal(now=NOW)
    saved = await keep(market, need_by="2026-12-01")
    late = NOW + timedelta(days=30)
    changes = await service.changes_since(saved.id, seq=None, actor=market.buyer.actor, now=late)
    assert (changes.is_without_need_by, changes.unavailable) == (True, "")
    kept = await service.keep_state(saved.id, actor=market.buyer.actor, now=late)
    assert kept.latest.ask.need_by is None


@pytest.mark.usefixtures("rolled_back")
async def test_colleagues_see_it_with_whose_it_is_and_others_find_nothing() -> None:
    market = await deals.deal(now=NOW)
    saved = await keep(market)
    mate = deals.colleague(market.buyer).actor
    items, more = await service.page(None, state="active", limit=50, secret="s", actor=mate)
    assert ([one.id for one in items], more, items[0].saved_by) == ([saved.id], None, market.buyer.actor.name)
    assert (await service.opened(saved.id, seq=None, actor=mate, now=NOW)).comparison.id == saved.id
    for stranger in (market.other.actor, ANONYMOUS):
        for work in (
            lambda who: service.opened(saved.id, seq=None, actor=who, now=NOW),
            lambda who: service.keep_state(saved.id, actor=who, now=NOW),
            lambda who: service.change(saved.id, ChangeIn(name="Mine"), version=1, actor=who, now=NOW),
            lambda who: service.sheet(saved.id, seq=None, actor=who),
        ):
            with pytest.raises(NotFound):
                await work(stranger)
    items, _ = await service.page(None, state="active", limit=50, secret="s", actor=market.other.actor)
    assert items == []
    assert (await service.opened(saved.id, seq=None, actor=mate, now=NOW)).comparison == saved


@pytest.mark.usefixtures("rolled_back")
async def test_a_state_that_was_never_kept_is_not_found() -> None:
    market = await deals.deal(now=NOW)
    saved = await keep(market)
    with pytest.raises(NotFound):
        await service.opened(saved.id, seq=2, actor=market.buyer.actor, now=NOW)
    with pytest.raises(NotFound):
        await service.opened(UUID(int=7), seq=None, actor=market.buyer.actor, now=NOW)


@pytest.mark.usefixtures("rolled_back")
async def test_renaming_and_archiving_need_the_version_that_was_seen() -> None:
    market = await deals.deal(now=NOW)
    saved, who = await keep(market), market.buyer.actor
    renamed = await service.change(saved.id, ChangeIn(name="  Autumn   order ", note="Later."), version=1, actor=who, now=LATER)
    assert (renamed.name, renamed.note, renamed.version) == ("Autumn order", "Later.", 2)
    with pytest.raises(VersionConflict):
        await service.change(saved.id, ChangeIn(name="Lost"), version=1, actor=who, now=LATER)
    archived = await service.change(saved.id, ChangeIn(is_archived=True), version=2, actor=who, now=LATER)
    assert (archived.state, archived.name) == ("archived", "Autumn order")
    with pytest.raises(ComparisonArchived):
        await service.keep_state(saved.id, actor=who, now=LATER)
    assert (await service.page(None, state="active", limit=50, secret="s", actor=who))[0] == []
    back = await service.change(saved.id, ChangeIn(is_archived=False), version=3, actor=who, now=LATER)
    assert (back.state, back.snapshots) == ("active", 1)
    async with transaction(actor=WORKER):
        acts = await connection().fetch("SELECT action FROM kernel.audit_rows WHERE entity_id = $1 ORDER BY id", saved.id)
    assert [row[0] for row in acts] == ["comparison.saved", "comparison.changed", "comparison.changed", "comparison.changed"]


@pytest.mark.usefixtures("rolled_back")
@pytest.mark.parametrize(
    "wrong, pointer",
    [
        ({"name": ""}, "/name"), ({"name": "x" * 121}, "/name"), ({"name": "a\u202eb"}, "/name"), ({"note": "n" * 1001}, "/note"),
        ({"quantity": "-1"}, "/quantity"), ({"country": "XX"}, "/country"), ({"need_by": "2020-01-01"}, "/need_by"), ({"currency": "eur"}, "/currency"),
    ],
)  # fmt: skip
async def test_what_cannot_be_used_is_named_and_nothing_is_kept(wrong: dict[str, str], pointer: str) -> None:
    market = await deals.deal(now=NOW)
    before = await rows("saved_comparisons"), await rows("comparison_snapshots")
    values: dict[str, Any] = {"name": "Spring", "quantity": "60", "country": "DE"} | wrong
    with pytest.raises(InvalidInput) as refused:
        await service.save(SaveIn(product_id=market.product_id, **values), actor=market.buyer.actor, now=NOW)
    assert [one.pointer for one in refused.value.errors] == [pointer]
    assert (await rows("saved_comparisons"), await rows("comparison_snapshots")) == before


@pytest.mark.usefixtures("rolled_back")
async def test_a_product_that_nobody_knows_cannot_be_kept() -> None:
    market = await deals.deal(now=NOW)
    with pytest.raises(NotFound):
        await service.save(SaveIn(product_id=uuid7(), name="Spring", quantity="1", country="DE"), actor=market.buyer.actor, now=NOW)


@pytest.mark.usefixtures("rolled_back")
async def test_the_list_has_an_end_and_the_archive_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "COMPARISONS_MAX", 2)
    market = await deals.deal(now=NOW)
    first, _ = await keep(market), await keep(market, "Same name")
    before = await rows("saved_comparisons")
    with pytest.raises(TooManyComparisons):
        await keep(market, "Same name")
    assert await rows("saved_comparisons") == before
    await service.change(first.id, ChangeIn(is_archived=True), version=1, actor=market.buyer.actor, now=NOW)
    await keep(market, "Same name")
    with pytest.raises(TooManyComparisons):
        await service.change(first.id, ChangeIn(is_archived=False), version=2, actor=market.buyer.actor, now=NOW)


@pytest.mark.usefixtures("rolled_back")
async def test_one_comparison_is_kept_fifty_times_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "SNAPSHOTS_MAX", 2)
    market = await deals.deal(now=NOW)
    saved = await keep(market)
    await service.keep_state(saved.id, actor=market.buyer.actor, now=LATER)
    before = await rows("comparison_snapshots")
    with pytest.raises(TooManySnapshots):
        await service.keep_state(saved.id, actor=market.buyer.actor, now=LATER)
    assert await rows("comparison_snapshots") == before


@pytest.mark.usefixtures("rolled_back")
async def test_pages_of_the_list_go_on_where_the_last_one_ended() -> None:
    market = await deals.deal(now=NOW)
    made = [(await keep(market, f"Number {number}")).id for number in range(5)]
    who, seen, cursor = market.buyer.actor, [], None
    while True:
        items, cursor = await service.page(cursor, state="active", limit=2, secret="s", actor=who)
        seen += [one.id for one in items]
        if cursor is None:
            break
    assert seen == made[::-1]


async def test_parallel_saving_of_one_name_keeps_each_and_stays_within_the_limit(committed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert committed
    monkeypatch.setattr(service, "COMPARISONS_MAX", 5)
    market = await deals.deal(now=NOW)
    answers = await asyncio.gather(*(keep(market, "Same name") for _ in range(12)), return_exceptions=True)
    assert sum(isinstance(one, TooManyComparisons) for one in answers) == 7
    kept = [one for one in answers if not isinstance(one, BaseException)]
    assert len({one.id for one in kept}) == 5
    again = await asyncio.gather(*(service.keep_state(kept[0].id, actor=market.buyer.actor, now=LATER) for _ in range(8)))
    assert sorted(one.snapshots for one in again) == list(range(2, 10))
    found = await service.opened_in_full(kept[0].id, seq=None, actor=market.buyer.actor)
    assert [one.seq for one in found.states] == list(range(9, 0, -1))


@pytest.mark.usefixtures("rolled_back")
async def test_an_offer_that_is_shown_to_some_companies_only_vanishes_from_now_and_stays_in_what_was_kept() -> None:
    market = await deals.deal(now=NOW)
    saved = await keep(market)
    await visibility.set_level(RuleIn(level="org_allowlist"), actor=market.hansa.actor, now=NOW)
    found = await service.opened(saved.id, seq=None, actor=market.buyer.actor, now=LATER)
    assert [one.offer_id for one in found.changes.offers if one.change == "gone"] == [str(market.hansa_offer)]
    assert str(market.hansa_offer) not in [one.offer_id for one in found.changes.offers if one.now_minor is not None]
    assert str(market.hansa_offer) in [one.offer_id for one in found.answer.offers]
    again = await service.keep_state(saved.id, actor=market.buyer.actor, now=LATER)
    assert again.latest.offers == 2
    await visibility.grant(market.buyer.organisation_id, actor=market.hansa.actor, now=LATER)
    seen = await service.changes_since(saved.id, seq=1, actor=market.buyer.actor, now=LATER)
    assert [one.change for one in seen.offers] == ["stays"] * 3


@pytest.mark.usefixtures("rolled_back")
async def test_what_was_kept_stays_readable_when_its_product_is_withdrawn() -> None:
    market = await deals.deal(now=NOW)
    saved = await keep(market)
    await connection().execute("UPDATE vendors.offers SET state = 'retired' WHERE product_id = $1", market.product_id)
    found = await service.opened(saved.id, seq=None, actor=market.buyer.actor, now=LATER)
    assert (len(found.answer.offers), [one.change for one in found.changes.offers], found.changes.first_now) == (3, ["gone"] * 3, "")
    kept = await service.keep_state(saved.id, actor=market.buyer.actor, now=LATER)
    assert (kept.latest.offers, kept.latest.lowest_minor, kept.latest.first_supplier) == (0, None, "")
