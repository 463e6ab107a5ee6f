"""Owns the small market that the tests of carts, orders and payments trade in, made through the services."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from buyers.addresses.schemas import AddressInput
from buyers.addresses.service import create_address
from marketplace.app import PACKAGES
from marketplace.kernel.actor import WORKER, Actor
from marketplace.kernel.ids import uuid7
from marketplace.kernel.machine import service as machine
from marketplace.kernel.organisations.schemas import NewOrganisation
from marketplace.kernel.organisations.service import create_organisation
from marketplace.kernel.outbox import service as outbox
from marketplace.trade.carts import service as carts
from marketplace.trade.checkout import service as checkout
from services_addons.logistics import service as logistics
from services_addons.logistics.schemas import FreightTableIn, NewFreightTable, NewZone, RateIn, ZoneIn
from services_addons.package import bind_ports
from tests.vendors.market import Shop, offer, product, shop, tiers
from vendors.accounts.schemas import NewSupplier

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from marketplace.trade.checkout.schemas import Placed


@dataclass(frozen=True)
class Buyer:
    """A buying company of the tests with one person and one address in Berlin."""

    actor: Actor
    organisation_id: UUID
    address_id: UUID


@dataclass(frozen=True)
class Deal:
    """Two buyers, three suppliers (two in euros, one in dinars with three decimals) and one product that all three sell."""

    buyer: Buyer
    other: Buyer
    hansa: Shop
    rhein: Shop
    kuwait: Shop
    product_id: UUID
    hansa_offer: UUID
    rhein_offer: UUID
    kuwait_offer: UUID


async def buyer(name: str, *, now: datetime, country: str = "DE", city: str = "Berlin", postal_code: str = "10115") -> Buyer:
    """Make a buying company with a purchaser and an address."""
    organisation = await create_organisation(
        NewOrganisation(legal_name=f"{name} GmbH", display_name=name, country="DE", currency="EUR", capacities=("buyer",)), actor=WORKER, now=now
    )
    actor = Actor(
        organisation_id=organisation.id,
        person_id=uuid7(),
        capacities=frozenset({"buyer"}),
        roles=frozenset({"purchaser"}),
        country=country,
        currency="EUR",
        time_zone="Europe/Berlin",
        organisation_name=name,
    )
    address = AddressInput(label="Plant", recipient="Receiving", lines=("Werkstr. 1",), city=city, country=country, postal_code=postal_code)
    made = await create_address(address, actor=actor, now=now)
    return Buyer(actor, organisation.id, made.id)


def colleague(of: Buyer) -> Buyer:
    """Give another person of the same company, with a cart of their own."""
    return replace(of, actor=Actor(**{name: getattr(of.actor, name) for name in of.actor.__struct_fields__} | {"person_id": uuid7()}))


async def freight(seller: Shop, currency: str, amount_minor: int, *, now: datetime) -> None:
    """Give a supplier a freight table, or the new version of the one that it has: one amount up to a tonne, two days to Germany."""
    for before in await logistics.my_freight_tables(actor=seller.actor):
        if before.currency == currency and before.replaced_by_id is None:
            line = ZoneIn(code="DE", transit_days=2, areas=["DE"], rates=[RateIn(1_000_000, amount_minor)])
            newer = FreightTableIn(name="Test", currency=currency, valid_from=now.date(), zones=[line], source="test")
            await logistics.revise_table(before.id, newer, actor=seller.actor, now=now)
            return
    zone = NewZone(code="DE", transit_days=2, areas=(("DE", ""),), rates=((1_000_000, amount_minor),))
    table = NewFreightTable(name="Test", currency=currency, valid_from=date(2026, 1, 1), zones=(zone,), source="test", is_invented=True)
    await logistics.create_freight_table(seller.supplier_id, table=table, actor=WORKER, now=now)


async def deal(*, now: datetime, on_hand: int = 100) -> Deal:
    """Make the market. Hansa: 12.50 EUR, 11.00 from 50, freight 9.90. Rhein: 13.10 EUR from 10 in tens, freight 4.90. Kuwait: 4.1250 KWD, freight 3.000."""
    bind_ports()
    await machine.sync_edges()
    hansa, rhein, kuwait = [
        await shop(f"{name} {uuid7()}", now=now, currency=currency, supplier=NewSupplier(acceptance_hours=48))
        for name, currency in (("Hansa", "EUR"), ("Rhein", "EUR"), ("Kuwait", "KWD"))
    ]
    product_id = await product(f"P-{uuid7()}", now=now)
    await freight(hansa, "EUR", 990, now=now)
    await freight(rhein, "EUR", 490, now=now)
    await freight(kuwait, "KWD", 3000, now=now)
    return Deal(
        buyer=await buyer(f"Elbe {uuid7()}", now=now),
        other=await buyer(f"Mekong {uuid7()}", now=now),
        hansa=hansa,
        rhein=rhein,
        kuwait=kuwait,
        product_id=product_id,
        hansa_offer=await offer(hansa, product_id, "H-1", now=now, tiers=tiers((1, "12.50"), (50, "11.00")), on_hand=on_hand),
        rhein_offer=await offer(rhein, product_id, "R-1", now=now, tiers=tiers((1, "13.10")), moq=10, multiple=10, on_hand=on_hand),
        kuwait_offer=await offer(kuwait, product_id, "K-1", now=now, tiers=tiers((1, "4.1250")), currency="KWD", on_hand=on_hand),
    )


async def put(market: Deal, offer_id: UUID, quantity: int, *, now: datetime, by: Buyer | None = None) -> UUID:
    """Put an offer into somebody's cart and give the cart's id."""
    view = await carts.add_line(product_id=market.product_id, offer_id=offer_id, quantity=quantity, actor=(by or market.buyer).actor, now=now)
    assert view.id is not None
    return view.id


async def place(market: Deal, *parts: tuple[UUID, int], now: datetime, by: Buyer | None = None) -> Placed:
    """Put offers into a cart and check it out."""
    who = by or market.buyer
    for offer_id, quantity in parts:
        cart_id = await put(market, offer_id, quantity, now=now, by=who)
    return await checkout.checkout(cart_id, address_id=who.address_id, actor=who.actor, now=now)


async def drain(now: datetime) -> None:
    """Let the worker deliver every fact."""
    await outbox.drain(PACKAGES, now)
