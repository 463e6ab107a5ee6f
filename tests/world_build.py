"""Owns the filling of the tests' world, from the pieces of the demo market."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from buyers.companies import service as companies
from buyers.companies.schemas import CompanySettings
from buyers.units import service as units
from buyers.units.schemas import NewUnit
from marketplace.app import PACKAGES
from marketplace.kernel.actor import WORKER
from marketplace.kernel.audit import service as audit
from marketplace.kernel.database import transaction
from marketplace.kernel.identity import service as identity
from marketplace.kernel.ids import uuid7
from marketplace.kernel.invitations.schemas import NewInvitation
from marketplace.kernel.keys.schemas import NewApiKey
from marketplace.kernel.outbox import service as outbox
from marketplace.kernel.quantity import in_units
from marketplace.kernel.sheets_in.schemas import Limits, Mapping, MappingIn, Sent
from marketplace.trade.alerts import service as alerts
from marketplace.trade.alerts.schemas import SearchIn
from marketplace.trade.carts import service as carts
from marketplace.trade.checkout import service as checkout
from marketplace.trade.grid import service as grid
from marketplace.trade.grid.schemas import GridEdit, RowEdit, StockEdit
from marketplace.trade.orders import service as orders
from marketplace.trade.saved import service as saved
from marketplace.trade.saved.schemas import SaveIn
from marketplace.trade.search import service as search
from marketplace.trade.shipments import service as shipments
from marketplace.trade.wanted import service as wanted
from marketplace.trade.wanted.schemas import WantedIn
from marketplace.trade.weights import service as weights
from marketplace.trade.weights.schemas import KeptWeights
from marketplace.trade.words import service as words
from marketplace.trade.words.schemas import WordsIn
from marketplace.world.carriage import make_carriage
from marketplace.world.companies import BUYERS, SUPPLIERS
from marketplace.world.market import Market, make_buyer, make_products, make_rates, make_supplier
from marketplace.world.people import Login, create_member
from marketplace.world.stock import MarketOffer, make_offers
from services_addons.duty import service as duty
from services_addons.duty.schemas import RateFilter
from services_addons.logistics import service as logistics
from tests.world import NOW, World, WorldOffer, key_without_scope, sign_in_all
from tests.world_catalogue import catalogue_ids
from tests.world_matches import merge_twins
from tests.world_proposals import propose
from tests.world_sorting import sort_some
from trust.record import service as trust_record
from trust.record.schemas import ContestIn, ContestKind, DecisionIn
from trust.score import service as score
from vendors.certificates import service as certificates
from vendors.certificates.schemas import CertificateIn
from vendors.imports import service as imports
from vendors.imports.schemas import ApplyIn, Choices
from vendors.life import service as life
from vendors.life.schemas import LifeChange
from vendors.offers.schemas import Tier
from vendors.prices import service as prices
from vendors.prices.schemas import NewPrice
from vendors.stock import service as stock
from vendors.visibility import service as visibility
from vendors.visibility.schemas import RuleIn

if TYPE_CHECKING:
    from datetime import datetime

    from marketplace.kernel.actor import Actor

BUYER_KEYS = {"buyer_a": "elbemaschinen", "buyer_b": "mekongfood"}
SUPPLIER_KEYS = {"supplier_a": "nordwind", "supplier_b": "saigonparts", "supplier_c": "kuwaitbolt"}
OPENED = NOW - timedelta(days=30)


async def fill() -> World:
    """Fill the database that the pool is open on."""
    market, logins = await _market()
    made = await make_offers(market, now=OPENED, progress=None, count=120)
    await search.index_all(now=OPENED)
    names = list(SUPPLIER_KEYS)
    ids = await _orders(market, logins, made)
    await _grid(market, made)
    await _files(logins, made, ids)
    await outbox.drain(PACKAGES, NOW)
    await _contests(logins, ids)
    await propose(logins, [product_id for product_id, _ in market.products], ids)
    await merge_twins(logins, ids)
    known_rules = await sort_some(logins["operator"].actor)
    for side in ids.values():
        for known in side.values():
            known.update(known_rules)
    await outbox.drain(PACKAGES, NOW)
    await audit.seal(NOW)
    return World(
        logins=logins,
        tokens=await sign_in_all(logins),
        key_without_scope=await key_without_scope(logins["buyer_a"]),
        offers=[WorldOffer(one.product_id, one.offer_id, names[one.supplier], one.moq, one.multiple) for one in made],
        product_ids=[product_id for product_id, _ in market.products],
        addresses={name: buyer.address_id for name, buyer in zip(BUYER_KEYS, market.buyers, strict=True)},
        own=ids["own"],
        foreign=ids["foreign"],
    )


async def _contests(logins: dict[str, Login], ids: dict[str, dict[str, dict[str, str]]]) -> None:
    """Let two suppliers contest what is known of an order, and decline it; the first tries again, and that waits for its answer."""
    kind: ContestKind
    operator, at, made = logins["operator"].actor, NOW - timedelta(minutes=1), ""
    for side, name, kind in (("own", "supplier_a", "delivered"), ("foreign", "supplier_b", "accepted"), ("", "supplier_a", "delivered")):
        actor = logins[name].actor
        rows = await score.orders_counted(logins[name].organisation_id, actor=actor, now=NOW)
        order = rows[-1]
        sent = ContestIn(kind=kind, wrong="void", reason="This was another order of the same buyer.")
        record = await trust_record.state(order.order_id, sent=sent, actor=actor, now=at)
        made = str(record.contests[0].id)
        if side:
            for caller in ids[side]:
                ids[side][caller]["counted_order"] = str(order.order_id)
            declined = DecisionIn(outcome="declined", answer="Both notes bear the number of this one.")
            await trust_record.decide(record.contests[0].id, sent=declined, actor=operator, now=at)
    for group in ids.values():
        for known in group.values():
            known["contest"] = made


async def _market() -> tuple[Market, dict[str, Login]]:
    from marketplace.kernel.organisations.schemas import NewOrganisation  # noqa: PLC0415 - one use

    operator = await create_member(
        "operator",
        "operator",
        NewOrganisation(legal_name="Test Market Operations", country="DE", capacities=("operator",), currency="EUR", time_zone="Europe/Berlin"),
        person_name="Nora Lindqvist",
        now=OPENED,
    )
    await make_rates(OPENED)
    products = (await make_products(OPENED))[::80]
    supplier_profiles = [profile for key in SUPPLIER_KEYS.values() for profile in SUPPLIERS if profile.key == key]
    buyer_profiles = [profile for key in BUYER_KEYS.values() for profile in BUYERS if profile.key == key]
    suppliers = [await make_supplier(number, profile, now=OPENED) for number, profile in enumerate(supplier_profiles)]
    buyers = [await make_buyer(number, profile, now=OPENED) for number, profile in enumerate(buyer_profiles)]
    market = Market(operator, suppliers, buyers, products)
    await make_carriage(market, now=OPENED)
    await _make_lists(market)
    logins = {"operator": operator}
    logins |= {name: buyer.login for name, buyer in zip(BUYER_KEYS, buyers, strict=True)}
    logins |= {name: supplier.login for name, supplier in zip(SUPPLIER_KEYS, suppliers, strict=True)}
    return market, logins


async def _make_lists(market: Market) -> None:
    """Let the first two suppliers each say that everybody sees everything, and put one buyer on their lists."""
    for supplier, buyer in zip(market.suppliers, market.buyers, strict=False):
        actor = supplier.login.actor
        await visibility.set_level(RuleIn(level="public"), actor=actor, now=OPENED)
        await visibility.grant(buyer.login.organisation_id, actor=actor, now=OPENED)


async def _place(market: Market, buyer: int, offers: list[MarketOffer], at: datetime) -> Any:
    actor = market.buyers[buyer].login.actor
    for offer in offers:
        view = await carts.add_line(actor=actor, now=at, product_id=offer.product_id, offer_id=offer.offer_id, quantity=offer.moq)
    assert view.id is not None
    return await checkout.checkout(view.id, address_id=market.buyers[buyer].address_id, po_number="PO-1", actor=actor, now=at)


async def _orders(market: Market, logins: dict[str, Login], made: list[MarketOffer]) -> dict[str, dict[str, dict[str, str]]]:
    """Place three groups, carry the first one through delivery, leave the others waiting; give the ids by kind for both sides."""
    rng = random.Random(3)  # noqa: S311 - the same orders in every run
    by_supplier = [[one for one in made if one.supplier == number] for number in range(3)]
    papers = await _papers(logins)
    first = await _place(market, 0, [rng.choice(part) for part in by_supplier], NOW - timedelta(days=20))
    second = await _place(market, 1, [rng.choice(part) for part in by_supplier[:2]], NOW - timedelta(hours=3))
    third = await _place(market, 0, [rng.choice(part) for part in by_supplier], NOW - timedelta(hours=2))
    sent = {}
    for order_id in first.order_ids:
        found = await orders.order(order_id, actor=logins["buyer_a"].actor)
        seller = next(one.login.actor for one in market.suppliers if one.login.organisation_id == found.vendor_id)
        await orders.accept_order(order_id, actor=seller, now=NOW - timedelta(days=19))
        shipment = await shipments.ship(
            order_id, actor=seller, now=NOW - timedelta(days=17), carrier="Blue Harbour Lines", tracking_number=f"T{found.number}"
        )
        sent[found.vendor_id] = shipment.id
    await shipments.confirm_delivery(next(iter(sent.values())), actor=logins["buyer_a"].actor, now=NOW - timedelta(days=10))
    theirs = await orders.order(second.order_ids[0], actor=logins["buyer_b"].actor)
    seller = next(one.login.actor for one in market.suppliers if one.login.organisation_id == theirs.vendor_id)
    await orders.accept_order(second.order_ids[0], actor=seller, now=NOW - timedelta(hours=1))
    shipment_b = await shipments.ship(
        second.order_ids[0], actor=seller, now=NOW - timedelta(minutes=30), carrier="Kestrel Freight", tracking_number="TB1"
    )
    carted = {}
    for number, name in enumerate(BUYER_KEYS):
        offer = rng.choice(by_supplier[2])
        view = await carts.add_line(
            actor=logins[name].actor, now=NOW - timedelta(minutes=5), product_id=offer.product_id, offer_id=offer.offer_id, quantity=offer.moq
        )
        carted[name] = view
        assert number < len(BUYER_KEYS)
    return await _ids(market, logins, {"first": first, "second": second, "third": third}, (sent, shipment_b.id, carted, by_supplier, papers))


async def _papers(logins: dict[str, Login]) -> dict[str, str]:
    """Let each supplier state a certificate, and two of them plan a closure and drop it again; give the certificates' ids."""
    made = {}
    for name in SUPPLIER_KEYS:
        actor, at = logins[name].actor, NOW - timedelta(days=25)
        # Names as long as certificates have them, with an end: pages have to find room for them.
        sent = CertificateIn(
            kind="ISO 9001:2015 Quality management systems", number=f"QM-44-100-{name}", issuer="TÜV Nord Cert Gesellschaft, Essen",
            issued_on=(NOW - timedelta(days=400)).date(), expires_on=(NOW + timedelta(days=695)).date(),
        )  # fmt: skip
        made[name] = str((await certificates.state_certificate(sent, actor=actor, now=at)).id)
    for name in ("supplier_b", "supplier_c"):
        actor, supplier_id = logins[name].actor, logins[name].organisation_id
        days = {"closed_from": (NOW - timedelta(days=24)).date(), "closed_to": (NOW - timedelta(days=22)).date()}
        plan = LifeChange(act="close", reason="Stocktaking.", version=1, **days)
        await life.change_life(supplier_id, plan, actor=actor, now=NOW - timedelta(days=25))
        drop = LifeChange(act="cancel_closure", reason="Counted already.", version=2)
        await life.change_life(supplier_id, drop, actor=actor, now=NOW - timedelta(days=25, hours=-1))
    return made


async def _grid(market: Market, made: list[MarketOffer]) -> None:
    """Let two suppliers save something in their price grids: one piece more of an offer that nobody orders here."""
    for number in range(2):
        actor = market.suppliers[number].login.actor
        offer_id = [one.offer_id for one in made if one.supplier == number][-1]
        (row,) = await grid.rows_of([offer_id], actor=actor, now=NOW)
        count = StockEdit(on_hand=in_units(row.stock[0].on_hand + 10**row.unit_decimals, decimals=row.unit_decimals))
        await grid.save(GridEdit(rows=[RowEdit(offer_id=offer_id, version=row.version, stock=[count])]), actor=actor, now=NOW - timedelta(minutes=2))


async def _files(logins: dict[str, Login], made: list[MarketOffer], ids: dict[str, dict[str, dict[str, str]]]) -> None:
    """Let two suppliers send a file that is applied and one that waits to be; the ids of the latter go with their own things."""
    for side, (number, name) in zip(("own", "foreign"), enumerate(("supplier_a", "supplier_b")), strict=True):
        offer = next(one for one in made if one.supplier == number)
        actor = logins[name].actor
        for content in (
            f"sku,product id,currency,price,origin\nFEED-{number},{offer.product_id},EUR,9.5,DE\n",
            f"sku,stock\nFEED-{number},{number + 5}\n",
        ):
            run = await imports.take_in(
                await imports.look(Sent(name="offers.csv", content=content.encode()), limits=Limits()),
                choices=Choices(),
                locales=Mapping(columns={"sku": "sku", "stock": "stock"}) if "stock" in content else Mapping(),
                actor=actor,
                now=NOW - timedelta(minutes=2),
            )
            await imports.advance(run.id, now=NOW - timedelta(minutes=1))
            if "price" in content:
                await imports.apply(run.id, wanted=ApplyIn(), actor=actor, now=NOW - timedelta(minutes=1))
                await imports.advance(run.id, now=NOW - timedelta(minutes=1))
            ids[side]["supplier"]["import"] = str(run.id)
        await imports.map_columns(run.id, sent=MappingIn(columns={"sku": "sku", "stock": "stock"}), actor=actor, now=NOW - timedelta(minutes=1))
        await imports.advance(run.id, now=NOW - timedelta(minutes=1))


async def _ids(market: Market, logins: dict[str, Login], groups: dict[str, Any], rest: tuple[Any, ...]) -> dict[str, dict[str, dict[str, str]]]:
    sent, shipment_b, carted, by_supplier, papers = rest
    a, b = logins["supplier_a"].organisation_id, logins["supplier_b"].organisation_id
    open_orders = {(await orders.order(one, actor=logins["buyer_a"].actor)).vendor_id: one for one in groups["third"].order_ids}
    theirs = {(await orders.order(one, actor=logins["buyer_b"].actor)).vendor_id: one for one in groups["second"].order_ids}
    common = {
        "product": str(market.products[0][0]), "category": "ball-valves", "supplier": str(a), "supplier_slug": "nordwind", "problem": "not-found",
        "certificate": papers["supplier_a"],
    }  # fmt: skip
    common |= await catalogue_ids(logins["operator"].actor)
    common["search_rule"] = await _search_rule(logins["operator"].actor)
    common["duty_rate"] = str((await duty.rates(RateFilter(limit=1), actor=logins["operator"].actor, now=NOW))[0][0].id)
    own = {
        "buyer": common | await _house(logins["buyer_a"]) | {
            "order": str(open_orders[a]), "order_group": str(groups["third"].group_id), "shipment": str(sent[b]), "cart": str(carted["buyer_a"].id),
            "cart_line": str(carted["buyer_a"].groups[0].lines[0].id), "address": str(market.buyers[0].address_id),
            "comparison": await _compared(logins["buyer_a"], by_supplier[0][0]), **await _searched(logins["buyer_a"]),
        },
        "supplier": common | await _house(logins["supplier_a"]) | {
            "order": str(open_orders[a]), "order_group": str(groups["third"].group_id), "shipment": str(sent[a]),
            "offer": str(by_supplier[0][0].offer_id), "site": str(market.suppliers[0].site_id),
            "grant": str(logins["buyer_a"].organisation_id), "coming_price": await _coming(logins["supplier_a"], by_supplier[0][1]),
        },
    }  # fmt: skip
    foreign = {
        "buyer": common | await _house(logins["buyer_b"]) | {
            "order": str(theirs[b]), "order_group": str(groups["second"].group_id), "shipment": str(shipment_b), "cart": str(carted["buyer_b"].id),
            "cart_line": str(carted["buyer_b"].groups[0].lines[0].id), "address": str(market.buyers[1].address_id),
            "comparison": await _compared(logins["buyer_b"], by_supplier[0][0]), **await _searched(logins["buyer_b"]),
        },
        "supplier": common | await _house(logins["supplier_b"]) | {
            "order": str(open_orders[b]), "order_group": str(groups["second"].group_id), "shipment": str(sent[b]),
            "offer": str(by_supplier[1][0].offer_id), "site": str(market.suppliers[1].site_id),
            "grant": str(logins["buyer_b"].organisation_id), "coming_price": await _coming(logins["supplier_b"], by_supplier[1][1]),
            "certificate": papers["supplier_b"],
        },
    }  # fmt: skip
    own["operator"] = common | await _house(logins["operator"])
    own["operator"]["wanted"] = own["supplier"]["wanted"] = own["buyer"]["wanted"]
    foreign["operator"] = foreign["buyer"] | {"wanted": own["buyer"]["wanted"]}
    foreign["supplier"]["wanted"] = foreign["buyer"]["wanted"]
    return {"own": own, "foreign": foreign}


async def _search_rule(actor: Actor) -> str:
    rules = await words.add(WordsIn(words="quuxsieve", means=["quuxstrainer"]), actor=actor, now=NOW)
    return str(rules[0].id)


async def _own_weights(actor: Actor, at: datetime) -> None:
    """Let a buying company keep weights of its own and go back to the market's, so that the tests' comparisons stand on those."""
    kept = (await weights.in_force(at)).weights
    await weights.keep_own(KeptWeights(version=0, weights=kept), actor=actor, now=at)
    await weights.keep_own(KeptWeights(version=1), actor=actor, now=at)


async def _compared(login: Login, offer: MarketOffer) -> str:
    """Keep a comparison of a product that is offered, and give its id."""
    made = await saved.save(SaveIn(product_id=offer.product_id, name="Spring order"), actor=login.actor, now=NOW - timedelta(days=1))
    return str(made.id)


async def _searched(login: Login) -> dict[str, str]:
    """Keep a search of which something was told, and give its id and the token that stops it."""
    made = await alerts.save(SearchIn(name="Valves", q="valve"), actor=login.actor, now=NOW - timedelta(days=1))
    async with transaction(actor=WORKER) as held:
        await held.execute(
            "INSERT INTO trade.search_alerts (id, search_id, organisation_id, product_id, offer_id, supplier, why, price, currency, found_at) "
            "SELECT $1, $2, $3, product_id, id, 'Nordwind', 'offer', 12.5, 'EUR', $4 FROM vendors.offers ORDER BY id LIMIT 1",
            *(uuid7(), made.id, login.organisation_id, NOW - timedelta(hours=20)),
        )
    asked = await wanted.ask(WantedIn(text="Magnetic valve, 230 V"), actor=login.actor, now=NOW - timedelta(days=1))
    return {"saved_search": str(made.id), "stop_token": alerts.stop_token(made.id), "wanted": str(asked.id)}


async def _coming(login: Login, offer: MarketOffer) -> str:
    """Let a supplier be warned of one of its offers, plan a price for it, far ahead, and give that one's id."""
    await stock.set_watch(offer.offer_id, watch=("units", 10**9), version=None, actor=login.actor, now=NOW - timedelta(days=2))
    price = NewPrice(tiers=(Tier(1, Decimal("2.20")),), starts=NOW + timedelta(days=90))
    await prices.plan(offer.offer_id, price=price, version=None, actor=login.actor, now=NOW - timedelta(days=1))
    return str((await prices.versions(offer.offer_id, actor=login.actor))[0].id)


async def _house(login: Login) -> dict[str, str]:
    """Make what an organisation has of itself, and give the ids: member, invitation with its token, API key, and unit or freight table."""
    organisation_id, actor, at = login.organisation_id, login.actor, NOW - timedelta(days=2)
    member = (await identity.members(organisation_id, actor=actor))[0]
    invited = await identity.invite(
        organisation_id,
        NewInvitation(email=f"guest.{organisation_id.hex[-6:]}@demo.example", roles=("support" if login.role == "operator" else "viewer",)),
        actor=actor,
        now=at,
    )
    key = await identity.create_api_key(NewApiKey(name="Warehouse", scopes=("orders:read",)), organisation_id=organisation_id, actor=actor, now=at)
    found = {
        "organisation": str(organisation_id), "member": str(member.id), "invitation": str(invited.id), "invitation_token": invited.token,
        "api_key": str(key.id),
    }  # fmt: skip
    if login.role == "operator":
        return found
    if login.role == "buyer":
        await companies.save_settings(CompanySettings(version=0), actor=actor, now=at)
        await _own_weights(actor, at)
        return found | {"unit": str((await units.create_unit(NewUnit(name="Plant one"), actor=actor, now=at)).id)}
    return found | {"freight_table": str((await logistics.my_freight_tables(actor=actor))[0].id)}
