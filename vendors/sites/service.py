"""Owns the use cases of sites."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from marketplace.kernel.audit import service as audit
from marketplace.kernel.countries import check_country, check_time_zone
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.errors import NotFound
from vendors.sites import queries

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from marketplace.kernel.actor import Actor
    from vendors.sites.schemas import NewSite, SiteOut


async def create_site(supplier_id: UUID, *, site: NewSite, actor: Actor, now: datetime) -> UUID:
    """Add a place the supplier ships from, and answer its id. For the supplier itself and the operator.

    A blank time zone becomes the country's usual one. Raises: NotFound for another's or no supplier; InvalidInput.
    """
    site = msgspec.structs.replace(site, time_zone=check_time_zone(site.time_zone, country=check_country(site.country)))
    async with transaction(actor=actor):
        if not (actor.is_operator or actor.organisation_id == supplier_id) or not await queries.is_supplier(supplier_id):
            raise NotFound
        site_id = await queries.insert_site(supplier_id, site=site)
        await audit.record(
            action="site.created",
            entity="site",
            entity_id=site_id,
            organisation_id=supplier_id,
            actor=actor,
            now=now,
            after={"name": site.name, "country": site.country, "time_zone": site.time_zone},
        )
        return site_id


async def my_sites(*, actor: Actor, now: datetime) -> list[SiteOut]:
    """List the supplier's own sites by name. Raises: NotFound for who has no organisation."""
    if actor.organisation_id is None:
        raise NotFound
    async with reading():
        return await queries.sites_of(actor.organisation_id, now=now)
