"""Tests of who sees an offer: the nearest rule, the four levels for four kinds of viewers, and the list that suppliers keep."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from marketplace.catalogue.products.schemas import NewProduct
from marketplace.catalogue.products.service import create_products
from marketplace.catalogue.taxonomy.schemas import NewCategory
from marketplace.catalogue.taxonomy.service import create_categories
from marketplace.kernel.actor import ANONYMOUS, WORKER, Actor
from marketplace.kernel.database import transaction
from marketplace.kernel.errors import NotFound, VersionConflict
from marketplace.kernel.ids import uuid7
from marketplace.kernel.organisations.schemas import NewOrganisation
from marketplace.kernel.organisations.service import create_organisation
from tests.conftest import NOW
from tests.vendors import market
from vendors.accounts import rules as account_rules
from vendors.accounts import service as accounts
from vendors.offers import service as offers
from vendors.offers.schemas import OwnFilter
from vendors.visibility import rules, service
from vendors.visibility.errors import GrantedAlready, NoSuchBuyer, NoSuchCategory
from vendors.visibility.schemas import LEVELS, Level, RuleIn, Viewer

if TYPE_CHECKING:
    from uuid import UUID

    import httpx

    from marketplace.kernel.database import Connection
    from tests.world import World

pytestmark = pytest.mark.usefixtures("rolled_back")
FACTS = "SELECT count(*) FROM kernel.outbox"
RULES = "SELECT count(*) FROM vendors.visibility_rules WHERE supplier_id = $1"
GRANTS = "SELECT count(*) FROM vendors.visibility_grants WHERE supplier_id = $1"


async def counted(sql: str, *arguments: object) -> int:
    """Count as the worker, who sees every row."""
    async with transaction(actor=WORKER) as held:
        return int(await held.fetchval(sql, *arguments))


async def company(name: str) -> Actor:
    """Make a company that buys, and give somebody of it."""
    new = NewOrganisation(
        legal_name=f"{name} GmbH", display_name=name, country="DE", currency="EUR", capacities=("buyer",), registration_number=f"HRB {name}"
    )
    made = await create_organisation(new, actor=WORKER, now=NOW)
    return Actor(organisation_id=made.id, person_id=uuid7(), capacities=frozenset({"buyer"}), roles=frozenset({"purchaser"}))


async def branch(*slugs: str) -> list[UUID]:
    """Make categories, each below the one before."""
    ids: list[UUID] = []
    for slug in slugs:
        ids += await create_categories([NewCategory(slug=slug, names={"en": slug.title()}, parent_id=ids[-1] if ids else None)])
    return ids


async def sorted_product(source_id: str, category_id: UUID) -> UUID:
    new = NewProduct(source="test", source_id=source_id, title=source_id, part_number=source_id, category_id=category_id)
    return (await create_products([new], now=NOW, actor=None)).ids[0]


async def seen(product_id: UUID, viewer: Actor) -> list[tuple[str, bool]]:
    """Give the article numbers that a viewer sees in the comparison, each with whether its price is kept from them."""
    found = await offers.offers_for_comparison(product_id, now=NOW, viewer=viewer)
    for one in found:
        assert one.price_is_hidden == (one.tier_from == [] and one.tier_price == [] and one.price_version_id == "")
    return [(one.supplier_sku, one.price_is_hidden) for one in found]


EXPECTED: dict[str, dict[str, list[tuple[str, bool]]]] = {
    "public": {"anonymous": [("H-1", False)], "member": [("H-1", False)], "granted": [("H-1", False)]},
    "prices_hidden": {"anonymous": [("H-1", True)], "member": [("H-1", False)], "granted": [("H-1", False)]},
    "login_required": {"anonymous": [], "member": [("H-1", False)], "granted": [("H-1", False)]},
    "org_allowlist": {"anonymous": [], "member": [], "granted": [("H-1", False)]},
}


@pytest.mark.parametrize("level", LEVELS)
async def test_each_level_shows_what_it_says_to_each_kind_of_viewer(level: Level) -> None:
    seller, other = await market.shop("Hansa Lager", now=NOW), await market.shop("Rhein Teile", now=NOW)
    product_id = await market.product("P-1", now=NOW)
    offer_id = await market.offer(seller, product_id, "H-1", now=NOW)
    member, granted = await company("Mekong"), await company("Elbe")
    await service.grant(granted.organisation_id, actor=seller.actor, now=NOW)  # type: ignore[arg-type]
    await service.set_level(RuleIn(level=level), actor=seller.actor, now=NOW)
    viewers = {"anonymous": ANONYMOUS, "member": member, "granted": granted}
    assert {name: await seen(product_id, viewer) for name, viewer in viewers.items()} == EXPECTED[level]
    assert await seen(product_id, other.actor) == EXPECTED[level]["member"]
    for staff in (seller.actor, WORKER):
        assert await seen(product_id, staff) == [("H-1", False)]
    for viewer, expected in ((ANONYMOUS, EXPECTED[level]["anonymous"]), (member, EXPECTED[level]["member"]), (granted, EXPECTED[level]["granted"])):
        summary = (await offers.offer_summaries([product_id], now=NOW, viewer=viewer, currency="EUR")).get(product_id)
        assert (summary and (summary.from_price, summary.suppliers, summary.offers)) == (
            (None if expected[0][1] else Decimal("12.500000"), 1, 1) if expected else None
        )
        assert len(await offers.offers_by_pairs([(product_id, offer_id)], now=NOW, viewer=viewer)) == len(expected)
    shown = rules.SHOWN[level]
    assert tuple(0 if not each else 1 if each[0][1] else 2 for each in EXPECTED[level].values()) == shown


async def test_an_offer_that_would_be_cheapest_moves_no_figure_of_who_may_not_see_it() -> None:
    seller, other = await market.shop("Hansa Lager", now=NOW), await market.shop("Rhein Teile", now=NOW)
    product_id = await market.product("P-1", now=NOW)
    await market.offer(seller, product_id, "H-1", now=NOW, tiers=market.tiers((1, "1.00")), on_hand=7)
    await market.offer(other, product_id, "R-1", now=NOW, tiers=market.tiers((1, "20.00")), on_hand=5)
    await service.set_level(RuleIn(level="org_allowlist"), actor=seller.actor, now=NOW)
    member = await company("Mekong")
    for viewer in (ANONYMOUS, member):
        summary = (await offers.offer_summaries([product_id], now=NOW, viewer=viewer, currency="EUR"))[product_id]
        assert (summary.from_price, summary.suppliers, summary.offers, summary.available) == (Decimal("20.000000"), 1, 1, 5)
    await service.set_level(RuleIn(level="prices_hidden", version=1), actor=seller.actor, now=NOW)
    anonymous = (await offers.offer_summaries([product_id], now=NOW, viewer=ANONYMOUS, currency="EUR"))[product_id]
    assert (anonymous.from_price, anonymous.suppliers, anonymous.offers, anonymous.available) == (Decimal("20.000000"), 2, 2, 12)
    known = (await offers.offer_summaries([product_id], now=NOW, viewer=member, currency="EUR"))[product_id]
    assert known.from_price == Decimal("1.000000")


@pytest.mark.parametrize(
    "set_levels,expected",
    [
        ({}, "public"),
        ({None: "login_required"}, "login_required"),
        ({None: "login_required", 0: "prices_hidden"}, "prices_hidden"),
        ({0: "org_allowlist", 1: "public"}, "public"),
        ({None: "org_allowlist", 1: "login_required", 2: "prices_hidden"}, "prices_hidden"),
        ({0: "login_required", 3: "org_allowlist"}, "login_required"),
    ],
)
async def test_the_nearest_rule_wins(rolled_back: Connection, set_levels: dict[int | None, Level], expected: str) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    machine, bearing, ball = await branch("machine", "bearing", "ball")
    (elsewhere,) = await branch("elsewhere")
    places = (machine, bearing, ball, elsewhere)
    for place, level in set_levels.items():
        await service.set_level(RuleIn(level=level, category_id=None if place is None else places[place]), actor=seller.actor, now=NOW)
    sql = "SELECT vendors.visibility_level($1, $2, 'public')"
    assert await rolled_back.fetchval(sql, seller.supplier_id, ball) == expected
    product_id = await sorted_product("P-7", ball)
    await market.offer(seller, product_id, "H-7", now=NOW)
    (row,) = (await service.my_visibility(actor=seller.actor)).preview
    assert (row.category, row.offers, row.level, (row.anonymous, row.signed_in)) == ("Ball", 1, expected, rules.SHOWN[expected][:2])
    nearest = max((place for place in set_levels if place not in {None, 3}), default=None)
    names = {None: "" if None in set_levels else None, 0: "Machine", 1: "Bearing", 2: "Ball"}
    assert row.rule_category == names[nearest]


async def test_the_stricter_of_an_offers_own_mark_and_the_rule_holds() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    product_id = await market.product("P-1", now=NOW)
    await market.offer(seller, product_id, "H-1", now=NOW, visibility="login_required")
    member = await company("Mekong")
    assert (await seen(product_id, ANONYMOUS), await seen(product_id, member)) == ([], [("H-1", False)])
    await service.set_level(RuleIn(level="prices_hidden"), actor=seller.actor, now=NOW)
    assert (await seen(product_id, ANONYMOUS), await seen(product_id, member)) == ([], [("H-1", False)])
    await service.set_level(RuleIn(level="org_allowlist", version=1), actor=seller.actor, now=NOW)
    assert (await seen(product_id, ANONYMOUS), await seen(product_id, member)) == ([], [])


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("mark", LEVELS)
async def test_an_offers_own_mark_bears_every_level_and_the_stricter_of_mark_and_rule_holds(mark: Level, level: Level) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    product_id = await market.product("P-1", now=NOW)
    await market.offer(seller, product_id, "H-1", now=NOW, visibility=mark)
    member, granted = await company("Mekong"), await company("Elbe")
    await service.grant(granted.organisation_id, actor=seller.actor, now=NOW)  # type: ignore[arg-type]
    await service.set_level(RuleIn(level=level), actor=seller.actor, now=NOW)
    stricter = max(mark, level, key=LEVELS.index)
    viewers = {"anonymous": ANONYMOUS, "member": member, "granted": granted}
    assert {name: await seen(product_id, viewer) for name, viewer in viewers.items()} == EXPECTED[stricter]
    (own,) = await offers.own_offers(OwnFilter(), actor=seller.actor, now=NOW)
    own_notes = {"prices_hidden": "offer-prices-hidden", "login_required": "offer-for-members", "org_allowlist": "offer-for-list"}
    wanted = own_notes[mark] if mark == stricter != "public" else stricter.replace("_", "-")
    assert (own.level, [code for code in own.notes if code != "no-category"]) == (stricter, [] if stricter == "public" else [wanted])


async def test_a_rule_that_is_taken_back_lets_the_next_one_hold_and_its_version_goes_on(rolled_back: Connection) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    (valves,) = await branch("valves")
    product_id = await sorted_product("P-3", valves)
    await market.offer(seller, product_id, "H-3", now=NOW)
    await service.set_level(RuleIn(level="login_required", category_id=valves), actor=seller.actor, now=NOW)
    assert await seen(product_id, ANONYMOUS) == []
    facts = await counted(FACTS)
    found = await service.set_level(RuleIn(level=None, category_id=valves, version=1), actor=seller.actor, now=NOW)
    assert (found.level, found.rules, await seen(product_id, ANONYMOUS)) == ("public", [], [("H-3", False)])
    assert await counted(FACTS) == facts + 1
    assert await rolled_back.fetchval("SELECT is_restricted FROM vendors.suppliers WHERE organisation_id = $1", seller.supplier_id) is False
    with pytest.raises(VersionConflict) as caught:
        await service.set_level(RuleIn(level="public", category_id=valves, version=0), actor=seller.actor, now=NOW)
    assert caught.value.extra == {"version": 2, "level": "inherited"}


async def test_what_cannot_be_set_changes_nothing() -> None:
    seller, buyer = await market.shop("Hansa Lager", now=NOW), await company("Mekong")
    before = await counted(FACTS)
    refused: list[tuple[type[Exception], Any]] = [
        (NoSuchCategory, lambda: service.set_level(RuleIn(level="public", category_id=uuid7()), actor=seller.actor, now=NOW)),
        (VersionConflict, lambda: service.set_level(RuleIn(level="public", version=4), actor=seller.actor, now=NOW)),
        (NotFound, lambda: service.set_level(RuleIn(level="public"), actor=buyer, now=NOW)),
        (NoSuchBuyer, lambda: service.grant(uuid7(), actor=seller.actor, now=NOW)),
        (NoSuchBuyer, lambda: service.grant(seller.supplier_id, actor=seller.actor, now=NOW)),
        (NotFound, lambda: service.withdraw(buyer.organisation_id, actor=seller.actor, now=NOW)),  # type: ignore[arg-type]
    ]
    for error, act in refused:
        with pytest.raises(error):
            await act()
    assert await counted(FACTS) == before
    assert [await counted(sql, seller.supplier_id) for sql in (RULES, GRANTS)] == [0, 0]


async def test_a_company_is_found_by_its_whole_name_or_number_alone() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    elbe = await company("Elbe Maschinen")
    for text in ("elbe maschinen", "ELBE MASCHINEN GMBH", "hrb elbe maschinen", "  Elbe   Maschinen "):
        assert [one.id for one in await service.organisations_named(text, actor=seller.actor)] == [elbe.organisation_id]
    for text in ("Elbe", "%", "Elbe%", "", "\x00", "x" * 300, "Hansa Lager"):
        assert await service.organisations_named(text, actor=seller.actor) == []
    with pytest.raises(NotFound):
        await service.organisations_named("Elbe Maschinen", actor=elbe)


async def test_a_company_is_put_on_the_list_once_and_taken_off(rolled_back: Connection) -> None:
    seller, elbe = await market.shop("Hansa Lager", now=NOW), await company("Elbe")
    assert elbe.organisation_id is not None
    (made,) = await service.grant(elbe.organisation_id, actor=seller.actor, now=NOW)
    assert (made.organisation_id, made.name, made.granted_at) == (elbe.organisation_id, "Elbe", NOW)
    with pytest.raises(GrantedAlready):
        await service.grant(elbe.organisation_id, actor=seller.actor, now=NOW)
    assert (await service.organisations_named("Elbe", actor=seller.actor))[0].is_granted
    await service.withdraw(elbe.organisation_id, actor=seller.actor, now=NOW)
    assert await service.my_grants(actor=seller.actor) == []
    actions = await rolled_back.fetch(
        "SELECT action FROM kernel.audit_rows WHERE organisation_id = $1 AND action LIKE 'visibility.%' ORDER BY id", seller.supplier_id
    )
    assert [row["action"] for row in actions] == ["visibility.granted", "visibility.withdrawn"]


async def test_a_profile_counts_the_offers_that_its_reader_sees() -> None:
    seller, elbe, alster = await market.shop("Hansa Lager", now=NOW), await company("Elbe"), await company("Alster")
    assert elbe.organisation_id is not None
    for number, level in enumerate(LEVELS):
        await market.offer(seller, await market.product(f"P-{number}", now=NOW), f"H-{number}", now=NOW, visibility=level)
    await service.grant(elbe.organisation_id, actor=seller.actor, now=NOW)
    found = await accounts.supplier(seller.supplier_id, now=NOW)
    for viewer, count in ((ANONYMOUS, 2), (alster, 3), (elbe, 4), (seller.actor, 4), (WORKER, 4)):
        assert (await accounts.supplier(seller.supplier_id, now=NOW, viewer=viewer)).offers == count
        assert (await accounts.supplier_by_slug(found.slug, now=NOW, viewer=viewer)).offers == count


async def test_the_page_and_the_api_count_the_offers_that_a_signed_in_reader_sees(clients: dict[str, httpx.AsyncClient], world: World) -> None:
    supplier_id, slug = world.own["supplier"]["supplier"], world.own["supplier"]["supplier_slug"]
    own = world.logins["supplier_a"].actor
    version = next((one.version for one in (await service.my_visibility(actor=own)).rules if one.category_id is None), 0)
    await service.set_level(RuleIn(level="login_required", version=version), actor=own, now=NOW)
    counts = []
    for caller in ("anonymous", "buyer_a"):
        offers = (await clients[caller].get(f"/api/v1/suppliers/{supplier_id}")).json()["offers"]
        assert f"<dt>Offers</dt><dd>{offers}</dd>" in (await clients[caller].get(f"/en/suppliers/{slug}")).text
        counts.append(offers)
    assert (counts[0], counts[1] > 0) == (0, True)


async def test_a_profile_counts_the_offers_that_everybody_sees() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    for number in range(3):
        await market.offer(seller, await market.product(f"P-{number}", now=NOW), f"H-{number}", now=NOW)
    assert (await accounts.supplier(seller.supplier_id, now=NOW)).offers == 3
    await service.set_level(RuleIn(level="prices_hidden"), actor=seller.actor, now=NOW)
    assert (await accounts.supplier(seller.supplier_id, now=NOW)).offers == 3
    await service.set_level(RuleIn(level="login_required", version=1), actor=seller.actor, now=NOW)
    assert (await accounts.supplier(seller.supplier_id, now=NOW)).offers == 0


def test_staff_sees_everything_and_nobody_is_no_company() -> None:
    for actor, viewer in ((ANONYMOUS, Viewer(None, sees_all=False)), (WORKER, Viewer(None, sees_all=True))):
        assert rules.viewer_of(actor) == account_rules.sight_of(actor) == viewer
