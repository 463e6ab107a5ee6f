"""Tests of learning types: what several brands call alike is a kind of thing, and each product bears the longest."""

from __future__ import annotations

import msgspec
import pytest

from marketplace.catalogue.products.schemas import NewProduct
from marketplace.catalogue.products.service import create_products
from marketplace.catalogue.types import service
from marketplace.kernel.actor import WORKER
from marketplace.kernel.contracts import TypesLearned
from marketplace.kernel.database import transaction
from tests.conftest import NOW

pytestmark = pytest.mark.usefixtures("rolled_back")


def made(number: int, brand: str, words: str) -> NewProduct:
    return NewProduct(source="types", source_id=f"T-{number}", title=f"{brand} X{number} {words}", brand=brand, part_number=f"X{number}")


async def bears() -> dict[str, str | None]:
    async with transaction(actor=WORKER) as held:
        rows = await held.fetch("SELECT source_id, type FROM catalogue.products WHERE source = 'types'")
    return {row["source_id"]: row["type"] for row in rows}


async def told() -> int:
    async with transaction(actor=WORKER) as held:
        return int(await held.fetchval("SELECT count(*) FROM kernel.outbox WHERE kind = 'TypesLearned'"))


async def test_what_two_brands_sell_eight_of_is_a_type_and_new_products_bear_it_at_once() -> None:
    cables = [made(n, "Nord" if n % 2 else "Ost", "zircon cable 5 m") for n in range(8)]
    bags = [made(20 + n, "Nord" if n % 2 else "Ost", f"zircon cable bag {n} mm") for n in range(8)]
    lonely = [made(40 + n, "Nord", "quartz lamp") for n in range(9)]
    few = [made(60 + n, "Nord" if n % 2 else "Ost", "opal dish") for n in range(7)]
    await create_products([*cables, *bags, *lonely, *few], now=NOW)
    before = await told()
    learned = await service.learn(NOW)
    found = {one.phrase: (one.products, one.brands) for one in await service.types()}
    assert (found["zircon cable"], found["zircon cable bag"]) == ((16, 2), (8, 2))
    assert not {"quartz lamp", "quartz", "opal dish", "zircon"} & found.keys()
    kinds = await bears()
    assert [kinds[f"T-{n}"] for n in (0, 7, 20, 27, 40, 60)] == ["zircon cable", "zircon cable", "zircon cable bag", "zircon cable bag", None, None]
    assert (learned.changed >= 16, await told()) == (True, before + 1)
    await create_products([made(80, "West", "zircon cable bags")], now=NOW)
    assert (await bears())["T-80"] == "zircon cable bag"


async def test_learning_again_changes_and_tells_nothing() -> None:
    await create_products([made(n, "Nord" if n % 2 else "Ost", "zircon cable") for n in range(8)], now=NOW)
    await service.learn(NOW)
    before = await told()
    assert (await service.learn(NOW)).changed == 0
    assert await told() == before


async def test_products_whose_titles_nobody_read_yet_are_read_when_types_are_learned() -> None:
    await create_products([made(n, "Nord" if n % 2 else "Ost", "zircon cable") for n in range(8)], now=NOW)
    async with transaction(actor=WORKER) as held:
        await held.execute("UPDATE catalogue.products SET head = NULL, name_tail = NULL, type = NULL WHERE source = 'types'")
    await service.learn(NOW)
    assert set((await bears()).values()) == {"zircon cable"}


async def test_a_word_behind_three_types_says_more_about_the_thing_and_one_behind_a_single_type_what_else_it_is() -> None:
    plain = [made(number, "Nord" if number % 2 else "Ost", words) for number, words in enumerate(
        f"{metal} {thing}" for metal in ("zircon", "opal", "quartz") for thing in ["cable"] * 8
    )]  # fmt: skip
    more = [made(40, "Nord", "zircon cable internal"), made(41, "Ost", "opal cable internal"), made(42, "Nord", "quartz cable internal")]
    other = [made(43, "Nord", "zircon cable stand"), made(44, "Ost", "zircon cable stand")]
    await create_products([*plain, *more, *other], now=NOW)
    await service.learn(NOW)
    kinds = await bears()
    assert [kinds[f"T-{n}"] for n in (40, 41, 42, 43, 44)] == ["zircon cable", "opal cable", "quartz cable", None, None]


async def test_each_batch_tells_what_it_changed_in_its_own_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "BATCH", 4)
    await create_products([made(n, "Nord" if n % 2 else "Ost", "zircon cable") for n in range(8)], now=NOW)
    before = await told()
    learned = await service.learn(NOW)
    async with transaction(actor=WORKER) as held:
        rows = await held.fetch("SELECT payload::jsonb AS p FROM kernel.outbox WHERE kind = 'TypesLearned' ORDER BY id OFFSET $1", before)
        facts = [msgspec.json.decode(row["p"], type=TypesLearned) for row in rows]
        ours = [row[0] for row in await held.fetch("SELECT id FROM catalogue.products WHERE type = 'zircon cable'")]
    assert len(facts) >= 2
    assert sum(fact.changed for fact in facts) == learned.changed >= 8
    assert all(any(fact.after < one <= fact.until for fact in facts) for one in ours)
