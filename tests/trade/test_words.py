"""Tests the rules of words: what they do to searches, what cannot be said in one, trying a query, the file, and the operator's page."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from marketplace.catalogue.products import service as products
from marketplace.catalogue.products.schemas import NewProduct, ProductWords
from marketplace.kernel.actor import WORKER
from marketplace.kernel.cursors import Asked
from marketplace.kernel.database import transaction
from marketplace.kernel.errors import NotAllowed, NotFound, VersionConflict
from marketplace.trade.search import service as search
from marketplace.trade.words import service
from marketplace.trade.words.errors import BadWords, BadWordsFile, WordsStand
from marketplace.trade.words.schemas import SwitchIn, TrialIn, WordsFilter, WordsIn
from marketplace.world.wording import RULES
from tests.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import Sequence

    import httpx

    from marketplace.kernel.actor import Actor
    from marketplace.kernel.database import Connection
    from tests.world import World

PLACE = "/operator/search/words"


def made(number: int, title: str, **more: Any) -> NewProduct:
    return NewProduct(source="rules", source_id=f"R-{number}", title=title, **more)


async def indexed(*new: NewProduct) -> None:
    ids = (await products.create_products(new, now=NOW)).ids
    await search.index_products(ids, now=NOW)
    await search.refresh(NOW)


async def found(text: str, locale: str = "en") -> list[str]:
    ids = (await search.ranked(text, locale=locale)).ids
    names = await products.source_ids(ids)
    return sorted(names[one] for one in ids if names[one].startswith("R-"))


@pytest.fixture
def operator(world: World) -> Actor:
    return world.logins["operator"].actor


async def keep(operator: Actor, words: str, *means: str, **more: Any) -> None:
    await service.add(WordsIn(words=words, means=list(means), **more), actor=operator, now=NOW)


async def listed(operator: Actor, **which: str) -> Sequence[Any]:
    return (await service.page(WordsFilter(**which), asked=Asked(None, 200, "k"), actor=operator))[0]


@pytest.mark.usefixtures("rolled_back")
async def test_a_group_finds_each_by_each_and_one_way_only_one_way(operator: Actor) -> None:
    await indexed(made(1, "Quuxbook fast"), made(2, "Zorbtop fast"), made(3, "Frimlet fast"), made(4, "Dromble fast"))
    assert await found("zorbtop") == ["R-2"]
    await keep(operator, "quuxbook", "zorbtop", "frimlet")
    assert [await found(one) for one in ("quuxbook", "zorbtop", "frimlet")] == [["R-1", "R-2", "R-3"]] * 3
    await keep(operator, "dromble", "quuxbook", is_both_ways=False)
    assert (await found("dromble"), "R-4" in await found("quuxbook")) == (["R-1", "R-4"], False)


@pytest.mark.usefixtures("rolled_back")
async def test_a_rule_of_a_language_holds_for_its_readers_alone_until_it_is_switched_off(operator: Actor) -> None:
    await indexed(made(1, "Quuxbook fast"), made(2, "Zorbtop fast", texts={"vi": ProductWords("Máy quuxtay")}))
    (rule,) = await service.add(WordsIn(words="quuxbook", means=["may quuxtay"], locale="vi"), actor=operator, now=NOW)
    assert [await found("quuxbook", locale) for locale in ("en", "vi", "vi-VN", "ar", "")] == [
        ["R-1"],
        ["R-1", "R-2"],
        ["R-1", "R-2"],
        ["R-1"],
        ["R-1"],
    ]
    off = await service.switch(rule.id, sent=SwitchIn(is_active=False, version=1), actor=operator, now=NOW)
    assert (off.is_active, off.version, await found("quuxbook", "vi")) == (False, 2, ["R-1"])
    with pytest.raises(VersionConflict):
        await service.switch(rule.id, sent=SwitchIn(is_active=True, version=1), actor=operator, now=NOW)
    with pytest.raises(NotFound):
        await service.switch(operator.person_id or rule.id, sent=SwitchIn(is_active=True, version=1), actor=operator, now=NOW)


@pytest.mark.usefixtures("rolled_back")
async def test_compound_words_are_parted_and_whole_ones_never(operator: Actor) -> None:
    await indexed(made(1, "Quuxvalve brass"), made(2, "Quux ball valve"), made(3, "Zorb pad"), made(4, "Zorb lid"), made(5, "Pad lid"))
    await keep(operator, "quuxvalve", "ball valve", kind="compound")
    assert {"R-1", "R-2"} <= set(await found("quuxvalve"))
    assert "R-3" in await found("zorbpad")
    await keep(operator, "zorbpad", kind="whole")
    assert "R-3" not in await found("zorbpad")


@pytest.mark.usefixtures("rolled_back")
async def test_a_word_switched_off_says_of_nothing_what_it_is(operator: Actor, rolled_back: Connection) -> None:
    await indexed(*(made(n, f"Plain zorbel {n}") for n in range(4)), made(8, "Plain zorbel quuxseries"))
    await rolled_back.execute(
        "UPDATE trade.search_documents SET kind = '{zorbel}' WHERE product_id IN (SELECT id FROM catalogue.products WHERE source_id = 'R-2')"
    )
    before = await search.ranked("plain zorbel")
    await keep(operator, "zorbel", kind="type")
    after = await search.ranked("plain zorbel")
    names = await products.source_ids(before.ids)
    assert (names[before.ids[0]], set(before.ids)) == ("R-2", set(after.ids))
    assert dict(zip(after.ids, after.scores, strict=True))[before.ids[0]] < before.scores[0]
    (head,) = await service.heads("zorbel", actor=operator)
    assert (head.products, head.rule is not None and head.rule.is_active) == (1, True)


@pytest.mark.parametrize(
    "sent, pointer, code",
    [
        (WordsIn(words="quux", means=["quux"]), "/means", "itself"),
        (WordsIn(words="quuxes", means=["QUUX"]), "/means", "itself"),
        (WordsIn(words="!!!", means=["quux"]), "/words", "nothing"),
        (WordsIn(words="quux", means=["…"]), "/means", "nothing"),
        (WordsIn(words="quux"), "/means", "nothing-meant"),
        (WordsIn(words="quux", means=["zorb", "zorbs"]), "/means", "twice"),
        (WordsIn(words="a1b c2d e3f g4h i5j", means=["quux"]), "/words", "too-many-words"),
        (WordsIn(words="quux\u202e", means=["zorb"]), "/words", "invisible-character"),
        (WordsIn(words="quux\x00", means=["zorb"]), "/words", "invisible-character"),
        (WordsIn(words="quux", means=["zorb"], kind="whole"), "/means", "means-nothing"),
        (WordsIn(words="quux zorb", kind="type"), "/words", "one-word"),
        (WordsIn(words="quux", means=["zorb"], locale="de"), "/locale", "unknown-language"),
    ],
)
async def test_what_cannot_be_said_is_told_at_its_field_and_changes_nothing(
    operator: Actor, rolled_back: Connection, sent: WordsIn, pointer: str, code: str
) -> None:
    before = await rolled_back.fetchval("SELECT count(*) FROM trade.search_synonyms")
    with pytest.raises(BadWords) as told:
        await service.add(sent, actor=operator, now=NOW)
    assert [(one.pointer, one.code) for one in told.value.errors] == [(pointer, code)]
    assert await rolled_back.fetchval("SELECT count(*) FROM trade.search_synonyms") == before


@pytest.mark.usefixtures("rolled_back")
async def test_the_same_rule_again_or_the_other_way_round_is_refused(operator: Actor, world: World) -> None:
    await keep(operator, "quuxbook", "zorbtop")
    for words, means, both in (("quuxbook", "zorbtop", True), ("Zorbtops", "quuxbook", True), ("zorbtop", "quuxbook", False)):
        with pytest.raises(WordsStand):
            await keep(operator, words, means, is_both_ways=both)
    with pytest.raises(WordsStand):
        await keep(operator, "quuxbook", "zorbtop", locale="vi")
    assert len(await listed(operator, text="zorbtop")) == 1
    for actor in (world.logins["buyer_a"].actor, world.logins["supplier_a"].actor):
        with pytest.raises(NotAllowed):
            await service.add(WordsIn(words="a1", means=["b2"]), actor=actor, now=NOW)
        with pytest.raises(NotAllowed):
            await service.trial(TrialIn(query="laptop"), actor=actor)


@pytest.mark.usefixtures("rolled_back")
async def test_a_trial_shows_both_and_stores_nothing(operator: Actor) -> None:
    await indexed(made(1, "Quuxbook fast"), made(2, "Zorbtop fast"))
    tried = await service.trial(TrialIn(query="quuxbook", rule=WordsIn(words="quuxbook", means=["zorbtop"])), actor=operator)
    assert tried.after is not None
    assert [(one.title, one.before) for one in tried.before.first] == [("Quuxbook fast", None)]
    assert [(one.title, one.before) for one in tried.after.first] == [("Quuxbook fast", 1), ("Zorbtop fast", None)]
    assert (len(tried.before.words[0].ways), len(tried.after.words[0].ways), tried.after.total) == (1, 2, 2)
    assert (await found("quuxbook"), list(await listed(operator, text="quuxbook"))) == (["R-1"], [])
    other = await service.trial(TrialIn(query="quuxbook", rule=WordsIn(words="quuxbook", means=["zorbtop"], locale="vi")), actor=operator)
    assert other.after == msgspec.structs.replace(other.before, first=[msgspec.structs.replace(one, before=1) for one in other.before.first])


@pytest.mark.usefixtures("rolled_back")
async def test_the_file_comes_back_as_it_went(operator: Actor, rolled_back: Connection) -> None:
    for rule in RULES:
        await service.add(rule, actor=operator, now=NOW)
    columns = "SELECT kind, words, means, from_lexemes, to_lexemes, locale, is_both_ways, note FROM trade.search_synonyms ORDER BY words, means, kind"
    before = [tuple(row) for row in await rolled_back.fetch(columns)]
    text = await service.as_csv(actor=operator)
    again = await service.take_file(text, actor=operator, now=NOW)
    assert (again.added, again.unchanged) == (0, len(before))
    await rolled_back.execute("DELETE FROM trade.search_synonyms")
    assert (await service.take_file(text, actor=operator, now=NOW)).added == len(before)
    assert [tuple(row) for row in await rolled_back.fetch(columns)] == before
    bad = "kind,words,means,both_ways\nsynonym,quux,zorb,perhaps\nsynonym,quux,quux,yes\n"
    with pytest.raises(BadWordsFile):
        await service.take_file(bad, actor=operator, now=NOW)
    with pytest.raises(BadWordsFile) as told:
        await service.take_file("words,means\nfrim,drom\nquux,quux\n", actor=operator, now=NOW)
    assert [(one.pointer, one.params["line"]) for one in told.value.errors] == [("/text/3", 3)]
    assert [tuple(row) for row in await rolled_back.fetch(columns)] == before


@pytest.mark.usefixtures("rolled_back")
async def test_rules_are_listed_page_by_page_and_narrowed(operator: Actor) -> None:
    for number in range(5):
        await keep(operator, f"Quux{number}x", "zorb", note="n")
    seen, cursor = [], None
    while True:
        items, cursor, total = await service.page(WordsFilter(text="QUUX", kind="synonym"), asked=Asked(cursor, 2, "k"), actor=operator)
        seen += [one.words for one in items]
        if cursor is None:
            break
    assert (seen, total) == ([*(f"Quux{number}x" for number in range(5)), "quuxsieve"], 6)
    assert list(await listed(operator, text="quux", locale="vi")) == list(await listed(operator, text="quux", state="off")) == []
    assert len(await listed(operator, text="quux", locale="all", state="on")) == 6


async def test_of_several_operators_with_one_rule_one_keeps_it_and_that_is_on_record(operator: Actor) -> None:
    sent = WordsIn(words="racequux", means=["racezorb"])
    answers = await asyncio.gather(*(service.add(sent, actor=operator, now=NOW) for _ in range(3)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in answers) == ["WordsStand", "WordsStand", "list"]
    async with transaction(actor=WORKER) as held:
        rule_id = await held.fetchval("DELETE FROM trade.search_synonyms WHERE words = 'racequux' RETURNING id")
        assert await held.fetchval("SELECT count(*) FROM kernel.audit_rows WHERE action = 'search_words.added' AND entity_id = $1", rule_id) == 1


async def test_the_page_shows_what_a_rule_does_before_it_is_kept(clients: dict[str, httpx.AsyncClient]) -> None:
    page = await clients["operator"].get(PLACE, params={"words": "laptop", "means": "quuxtop, quuxlet", "is_both_ways": "on", "query": "laptop bag"})
    assert (page.status_code, "With the rule" in page.text, 'name="means" value="quuxtop, quuxlet"' in page.text) == (200, True, True)
    bad = await clients["operator"].get(PLACE, params={"words": "laptop", "means": "laptops", "query": "laptop"})
    assert (bad.status_code, "compared as the same words" in bad.text, 'value="laptops"' in bad.text) == (422, True, True)
    odd = await clients["operator"].get(
        PLACE, params={"of": "x", "in": "<b>", "state": "?", "find": "\x00'", "head": "%", "kind": "no", "query": "x" * 300}
    )
    assert odd.status_code in {200, 422}
    assert (await clients["buyer_a"].get(PLACE)).status_code in {403, 404}
    assert (await clients["operator"].get("/api/v1/operator/search/words", params={"q": "quuxsieve"})).json()["items"][0]["means"] == "quuxstrainer"
