"""Owns the small market that the vendors' tests trade in, made through the services."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from marketplace.catalogue.products.schemas import NewProduct
from marketplace.catalogue.products.service import create_products
from marketplace.kernel.actor import WORKER, Actor
from marketplace.kernel.ids import uuid7
from marketplace.kernel.organisations.schemas import NewOrganisation
from marketplace.kernel.organisations.service import create_organisation
from vendors.accounts.schemas import NewCheck, NewSupplier
from vendors.accounts.service import create_supplier_profile
from vendors.offers.schemas import NewOffer, Tier
from vendors.offers.service import create_offers
from vendors.sites.schemas import NewSite
from vendors.sites.service import create_site

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID


@dataclass(frozen=True)
class Shop:
    """One supplier of the tests with its site."""

    actor: Actor
    supplier_id: UUID
    site_id: UUID
    slug: str


def tiers(*pairs: tuple[int, str]) -> tuple[Tier, ...]:
    """Write tiers as pairs of lower bound and price."""
    return tuple(Tier(bound, Decimal(price)) for bound, price in pairs)


async def shop(name: str, *, now: datetime, country: str = "DE", currency: str = "EUR", supplier: NewSupplier | None = None) -> Shop:
    """Make an organisation that sells from one site."""
    organisation = await create_organisation(
        NewOrganisation(legal_name=f"{name} GmbH", display_name=name, country=country, currency=currency, capacities=("supplier",)),
        actor=WORKER,
        now=now,
    )
    checks = [NewCheck(kind="registry", passed_on=now.date().replace(day=1))]
    slug = await create_supplier_profile(organisation.id, supplier=supplier or NewSupplier(), checks=checks, actor=WORKER, now=now)
    actor = Actor(organisation_id=organisation.id, person_id=uuid7(), capacities=frozenset({"supplier"}), roles=frozenset({"owner"}))
    site = NewSite(name="Main", country=country, time_zone="Europe/Berlin", postal_code="20095", city="Hamburg")
    return Shop(actor, organisation.id, await create_site(organisation.id, site=site, actor=actor, now=now), slug)


async def product(source_id: str, *, now: datetime, weight_grams: int | None = 250, gtin: str | None = None) -> UUID:
    """Make a published product."""
    name = f"Bearing {source_id}"
    new = NewProduct(source="test", source_id=source_id, title=name, brand="Nord", part_number=source_id, weight_grams=weight_grams, gtin=gtin)
    return (await create_products([new], now=now, actor=None)).ids[0]


async def offer(seller: Shop, product_id: UUID, sku: str, *, now: datetime, **terms: object) -> UUID:
    """Make an offer of 10 pieces at 12.50, unless the terms say otherwise."""
    values: dict[str, object] = {"currency": "EUR", "tiers": tiers((1, "12.50")), "on_hand": 10, "origin_country": "DE"} | terms
    new = NewOffer(product_id=product_id, supplier_sku=sku, site_id=seller.site_id, **values)  # type: ignore[arg-type]
    return (await create_offers([new], actor=seller.actor, now=now))[0][1]
