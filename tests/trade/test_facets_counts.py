"""Tests that facets count what is there: against a recount in Python, for every kind of visitor, as prices and offers come and go."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

import pytest
import pytest_asyncio

from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.kernel.actor import ANONYMOUS, Actor
from marketplace.kernel.fx import service as fx
from marketplace.trade.facets import rules, service
from marketplace.trade.facets.schemas import Asked, Filters, Range
from tests.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from marketplace.kernel.database import Connection
    from marketplace.trade.facets.schemas import Found
    from tests.world import World

MEMBER = Actor(organisation_id=UUID(int=1), person_id=UUID(int=2), capacities=frozenset({"buyer"}))
STAFF = Actor(organisation_id=UUID(int=3), person_id=UUID(int=4), capacities=frozenset({"operator"}), roles=frozenset({"admin"}))
# An offer that sells, as its tables say it: stock, price in force, states, dates and sight asked one by one.
OFFERS = """SELECT o.product_id, s.slug, o.lead_days, o.currency, v.tier_price[width_bucket(vendors.smallest_quantity(o.moq, o.multiple), v.tier_from)] AS price,
    vendors.sight($2, $3, o.supplier_id, p.category_id, o.visibility) AS sight
  FROM vendors.offers o JOIN catalogue.products p ON p.id = o.product_id JOIN vendors.suppliers s ON s.organisation_id = o.supplier_id
  JOIN kernel.organisations g ON g.id = o.supplier_id LEFT JOIN LATERAL vendors.price_in_force(o.product_id, o.id, $1) v ON true
  WHERE vendors.sells(p, o, s, g, v.id, (SELECT coalesce(sum(greatest(l.on_hand - l.reserved - l.safety, 0)), 0)::bigint FROM vendors.stock_levels l
    WHERE l.product_id = o.product_id AND l.offer_id = o.id), $1)"""


class Offer(NamedTuple):
    """An offer that sells, as the recount needs it."""

    supplier: str
    lead: int
    price: Decimal | None


class Product(NamedTuple):
    """A product of the recount."""

    id: UUID
    path: frozenset[str]
    brand: str
    attributes: dict[str, Any]
    offers: list[Offer]


@pytest_asyncio.fixture
async def market(rolled_back: Connection, world: World) -> Connection:
    """Read the world into facets, beside two hundred products drawn by chance."""
    assert world
    await _more_products(rolled_back, random.Random(7))  # noqa: S311 - not a secret
    await service.index_all(now=NOW)
    return rolled_back


async def _more_products(connection: Connection, chance: random.Random) -> None:
    """Put products with offers of the world's suppliers beside those of the world, as plain rows."""
    categories = [row[0] for row in await connection.fetch("SELECT id FROM catalogue.categories ORDER BY id")]
    template = await connection.fetchrow("SELECT product_id, id FROM vendors.offers ORDER BY id LIMIT 1")
    suppliers = await connection.fetch("SELECT DISTINCT ON (supplier_id) supplier_id, id FROM vendors.offers ORDER BY supplier_id, id")
    assert template is not None
    keys = sorted({about.key for one in await taxonomy.tree() for about in one.attributes})
    kinds = {about.key: about.kind for one in await taxonomy.tree() for about in one.attributes}
    for number in range(200):
        product_id = UUID(int=0x7000_0000_0000_7000_8000_0000_0000_0000 + number)
        attributes = {
            key: chance.choice((1, 2, 5, 12, 12.5, 40)) if kinds[key] == "number" else chance.choice(("red", "blue", "a,b;c", "x:y"))
            for key in chance.sample(keys, min(4, len(keys)))
        }
        await connection.execute(
            """INSERT INTO catalogue.products SELECT (jsonb_populate_record(p, jsonb_build_object('id', $1::uuid, 'slug', $1::text, 'brand', $2::text,
              'category_id', $3::uuid, 'attributes', $4::jsonb, 'source_id', $1::text, 'part_number', $1::text, 'gtin', null))).*
            FROM catalogue.products p WHERE p.id = $5""",
            product_id, chance.choice(("Acme", "ACME", "Bolt & Co", "Zed, Ltd", "")), chance.choice([*categories, None]),
            json.dumps(attributes), template["product_id"],
        )  # fmt: skip
        for at, one in enumerate(chance.sample(suppliers, chance.randint(0, len(suppliers)))):
            offer_id = UUID(int=0x7100_0000_0000_7000_8000_0000_0000_0000 + number * 10 + at)
            mark = chance.choice(("public", "public", "public", "prices_hidden", "login_required", "org_allowlist"))
            await connection.execute(
                """INSERT INTO vendors.offers SELECT (jsonb_populate_record(o, jsonb_build_object('product_id', $1::uuid, 'id', $2::uuid, 'supplier_sku', $2::text,
                  'lead_days', $3::int, 'currency', $4::text, 'visibility', $5::text, 'moq', 1, 'multiple', 1, 'allows_backorder', $6::boolean))).* FROM vendors.offers o WHERE o.id = $7""",
                product_id, offer_id, chance.choice((0, 1, 2, 3, 5, 6, 10, 11, 30)), chance.choice(("EUR", "USD")), mark, chance.random() < 0.5, one["id"],
            )  # fmt: skip
            await connection.execute(
                "INSERT INTO vendors.offer_keys (supplier_id, sku_key, product_id, offer_id) SELECT supplier_id, id::text, product_id, id FROM vendors.offers WHERE id = $1",
                offer_id,
            )
            await connection.execute(
                """INSERT INTO vendors.price_versions (id, product_id, offer_id, seq, valid_from, tier_from, tier_price, actor, created_at)
                VALUES (gen_random_uuid(), $1, $2, 1, $3, '{1}', ARRAY[$4::numeric], 'tests', $3)""",
                product_id, offer_id, NOW, Decimal(chance.choice(("0.5", "1", "1.99", "2", "9.999999", "10", "49", "50", "1200"))),
            )  # fmt: skip


async def _products(connection: Connection, viewer: Actor) -> list[Product]:
    tree = {one.id: one for one in await taxonomy.tree()}
    table = await fx.rates(NOW)
    offers: dict[UUID, list[Offer]] = {}
    for row in await connection.fetch(OFFERS, NOW, viewer.organisation_id, "operator" in viewer.capacities):
        rate = table.rate(row["currency"], "EUR")
        if row["sight"]:
            price = round(row["price"] * rate.rate, 6) if row["sight"] == 2 and rate else None
            offers.setdefault(row["product_id"], []).append(Offer(row["slug"], row["lead_days"], price))
    rows = await connection.fetch("SELECT id, category_id, brand, attributes FROM catalogue.products WHERE state = 'published' ORDER BY id")
    decode = json.loads
    return [
        Product(
            row["id"],
            frozenset(tree[one].slug for one in tree[row["category_id"]].path) if row["category_id"] else frozenset(),
            row["brand"],
            decode(row["attributes"]) if isinstance(row["attributes"], str) else row["attributes"],
            offers.get(row["id"], []),
        )
        for row in rows
    ]


def _spans(parts: tuple[str, ...]) -> list[Range]:
    return [rules.span(one) for one in parts]


def _has(product: Product, filters: Filters, numbers: set[str], *, without: str = "") -> bool:
    """Tell whether a product has all that is chosen, leaving one facet out."""
    if without != "category" and filters.category and filters.category not in product.path:
        return False
    if without != "brand" and filters.brands and product.brand.lower() not in {one.lower() for one in filters.brands}:
        return False
    for key, chosen in filters.attributes.items():
        if without == key:
            continue
        value = product.attributes.get(key)
        if key in numbers:
            if not isinstance(value, int | float) or not any(one.holds(Decimal(str(value))) for one in _spans(chosen)):
                return False
        elif value not in chosen:
            return False
    if any((filters.suppliers, filters.leads, filters.prices)) and without not in {"supplier", "lead", "price"}:
        return any(_fits(one, filters) for one in product.offers)
    return True


def _fits(offer: Offer, filters: Filters, *, without: str = "") -> bool:
    return (
        (without == "supplier" or not filters.suppliers or offer.supplier in filters.suppliers)
        and (without == "lead" or not filters.leads or any(low <= offer.lead and (high is None or offer.lead <= high) for low, high in filters.leads))
        and (without == "price" or not filters.prices or (offer.price is not None and any(one.holds(offer.price) for one in filters.prices)))
    )


def _recount(found: Found, products: list[Product], filters: Filters, numbers: set[str]) -> Iterator[tuple[str, str, int, int]]:
    """Give each choice with what the list counted and what is there."""
    for facet in found.facets:
        name = facet.key or facet.name
        near = [one for one in products if _has(one, filters, numbers, without=name)]
        if facet.name in {"supplier", "lead", "price"}:
            near = [one for one in products if _has(one, filters, numbers, without=facet.name)]
        for choice in (one for one in facet.choices if one.products is not None):
            assert choice.products is not None
            yield name, choice.value, choice.products, sum(_chosen(one, facet.name, name, choice.value, filters, numbers) for one in near)


def _chosen(product: Product, facet: str, key: str, value: str, filters: Filters, numbers: set[str]) -> bool:
    if facet == "category":
        return value in product.path
    if facet == "brand":
        return product.brand.lower() == value.lower()
    if facet == "attributes":
        held = product.attributes.get(key)
        if key in numbers:
            return isinstance(held, int | float) and rules.span(value).holds(Decimal(str(held)))
        return held == value
    one = rules.asked("", {facet: rules.written([value])}).filters
    return any(_fits(offer, filters, without=facet) and _fits(offer, one) for offer in product.offers)


def _drawn(chance: random.Random, products: list[Product], numbers: set[str], slugs: list[str]) -> Filters:
    """Draw what is chosen from what there is."""
    like = [chance.choice(products) for _ in range(3)]
    keys = sorted({key for one in like for key in one.attributes} & (numbers | {"colour", "material", "size"} | set(like[0].attributes)))
    known = [key for key in keys if chance.random() < 0.3][:2]
    attributes: dict[str, tuple[str, ...]] = {}
    for key in known:
        held = [one.attributes[key] for one in like if key in one.attributes]
        if key in numbers:
            attributes[key] = tuple(dict.fromkeys(chance.choice((f"{one}", "10..20", "..5", "2..")) for one in held if isinstance(one, int | float)))
        else:
            attributes[key] = tuple(dict.fromkeys(one for one in held if isinstance(one, str) and len(one) <= 60))
    return Filters(
        category=chance.choice(["", "", *sorted(like[0].path)]),
        brands=tuple(dict.fromkeys(one.brand for one in like if one.brand)) if chance.random() < 0.4 else (),
        attributes={key: chosen for key, chosen in attributes.items() if chosen},
        suppliers=tuple(chance.sample(slugs, chance.randint(1, 2))) if chance.random() < 0.4 else (),
        leads=tuple(chance.sample([(0, 1), (2, 3), (4, 5), (6, 10), (11, None), (1, 30)], 2)) if chance.random() < 0.4 else (),
        prices=tuple(rules.span(one) for one in chance.sample(["..1", "1..2", "2..5", "10..20", "49", "1000.."], 2)) if chance.random() < 0.4 else (),
    )


@pytest.mark.parametrize("viewer", [ANONYMOUS, MEMBER, STAFF], ids=["nobody", "a buyer", "the market"])
async def test_counts_are_those_of_a_recount_whatever_is_chosen(market: Connection, viewer: Actor) -> None:
    chance = random.Random(20261122)  # noqa: S311 - not a secret
    products = await _products(market, viewer)
    defined = {about.key: about.kind for one in await taxonomy.tree() for about in one.attributes}
    products = [one._replace(attributes={key: value for key, value in one.attributes.items() if key in defined}) for one in products]
    numbers = {key for key, kind in defined.items() if kind == "number"}
    slugs = [row[0] for row in await market.fetch("SELECT slug FROM vendors.suppliers ORDER BY slug")]
    counted = 0
    for _ in range(60):
        filters = _drawn(chance, products, numbers, slugs)
        found = await service.find(Asked(filters=filters), now=NOW, viewer=viewer, currency="EUR", limit=5)
        inside = {one.id for one in products if _has(one, filters, numbers)}
        assert set(found.ids) == inside, filters
        assert (found.total, found.is_exact) == (len(inside), True)
        wrong = [row for row in _recount(found, products, filters, numbers) if row[2] != row[3]]
        assert wrong == [], filters
        counted += sum(len(one.choices) for one in found.facets)
    assert counted > 600
