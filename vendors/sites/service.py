"""Owns the use cases of sites."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from marketplace.kernel.audit import service as audit
from marketplace.kernel.calendar import date_in
from marketplace.kernel.countries import check_country, check_time_zone
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.errors import NotAllowed, NotFound, VersionConflict
from marketplace.kernel.names import clean_line
from vendors.accounts import service as accounts
from vendors.life import service as life
from vendors.sites import queries, rules
from vendors.sites.errors import NotSellingYet, TooManySites

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from marketplace.kernel.actor import Actor
    from vendors.sites.schemas import ExceptionIn, NewSite, SiteIn, SiteOut, YearOut

SITES_MAX = 200
checked, typed_site, as_typed, year_of, runs = rules.checked, rules.typed_site, rules.as_typed, rules.year, rules.runs
IS_OPEN = {"closed": False, "open": True, "usual": None}


async def create_site(supplier_id: UUID, *, site: NewSite, actor: Actor, now: datetime) -> UUID:
    """Add a place the supplier ships from, and answer its id. For the supplier itself and the operator.

    A blank time zone becomes the country's usual one. Raises: NotFound for another's or no supplier; InvalidInput, SiteNameTaken, TooManySites.
    """
    site = msgspec.structs.replace(site, time_zone=check_time_zone(site.time_zone, country=check_country(site.country)))
    async with transaction(actor=actor):
        if not (actor.is_operator or actor.organisation_id == supplier_id) or not await life.lock(supplier_id):
            raise NotFound
        await accounts.check_not_ended(supplier_id)
        if await queries.count_sites(supplier_id) >= SITES_MAX:
            raise TooManySites(limit=SITES_MAX)
        site_id = await queries.insert_site(supplier_id, site=site)
        await _record("site.created", site_id, supplier_id=supplier_id, actor=actor, now=now, after=_told(site))
        return site_id


async def add_site(sent: SiteIn, *, actor: Actor, now: datetime) -> SiteOut:
    """Add a site of the acting supplier. Raises: NotSellingYet, InvalidInput, SiteNameTaken, TooManySites."""
    supplier_id = actor.own_organisation()
    async with transaction(actor=actor):
        if not await life.is_selling(supplier_id):
            raise NotSellingYet
        site_id = await create_site(supplier_id, site=rules.checked(sent, now=now), actor=actor, now=now)
        return await my_site(site_id, actor=actor, now=now)


async def change_site(site_id: UUID, sent: SiteIn, *, version: int, actor: Actor, now: datetime) -> SiteOut:
    """Change one of the acting supplier's sites, whole; orders keep the promises that they have.

    Raises: NotFound, InvalidInput, SiteNameTaken, VersionConflict.
    """
    supplier_id, site = actor.own_organisation(), rules.checked(sent, now=now)
    async with transaction(actor=actor):
        await accounts.check_not_ended(supplier_id)
        before = await my_site(site_id, actor=actor, now=now)
        if not await queries.update_site(site_id, supplier_id=supplier_id, site=site, version=version, now=now):
            raise VersionConflict
        await _record("site.changed", site_id, supplier_id=supplier_id, actor=actor, now=now, before=_told(before), after=_told(site))
        return await my_site(site_id, actor=actor, now=now)


async def set_exception(site_id: UUID, sent: ExceptionIn, *, actor: Actor, now: datetime) -> SiteOut:
    """Close or open a site on a coming day against its rule, or let the day be a usual one again. Raises: NotFound, InvalidInput, VersionConflict."""
    supplier_id, note = actor.own_organisation(), clean_line(sent.note, pointer="/note")
    async with transaction(actor=actor):
        await accounts.check_not_ended(supplier_id)
        found = await my_site(site_id, actor=actor, now=now)
        today = date_in(now, time_zone=found.time_zone)
        rules.check_coming(sent.on_date, today=today)
        if not await queries.touch_site(site_id, supplier_id=supplier_id, version=sent.version):
            raise VersionConflict
        await queries.set_exception(site_id, supplier_id=supplier_id, on_date=sent.on_date, is_open=IS_OPEN[sent.kind], note=note)
        told = {"on_date": sent.on_date.isoformat(), "note": note}
        await _record(f"site.day_{sent.kind}", site_id, supplier_id=supplier_id, actor=actor, now=now, after=told)
        changed = await my_site(site_id, actor=actor, now=now)
        rules.check_opens(changed, today=today, pointer="/on_date")
        return changed


async def my_sites(*, actor: Actor, now: datetime) -> list[SiteOut]:
    """List the supplier's own sites by name. Raises: NotFound for who has no organisation."""
    supplier_id = actor.own_organisation()
    async with reading():
        return await queries.sites_of(supplier_id, now=now)


async def my_site(site_id: UUID, *, actor: Actor, now: datetime) -> SiteOut:
    """Give one of the supplier's own sites. Raises: NotFound."""
    supplier_id = actor.own_organisation()
    async with reading():
        found = await queries.sites_of(supplier_id, now=now, site_id=site_id)
    if not found:
        raise NotFound
    return found[0]


async def year(site_id: UUID, *, actor: Actor, now: datetime) -> YearOut:
    """Give the next twelve months of one of the supplier's own sites, and what an order placed now meets. Raises: NotFound."""
    return rules.year(await my_site(site_id, actor=actor, now=now), now=now)


async def sites_of(supplier_id: UUID, *, actor: Actor, now: datetime) -> list[SiteOut]:
    """List a supplier's sites for the operator. Raises: NotAllowed."""
    if not actor.is_operator:
        raise NotAllowed
    async with reading():
        return await queries.sites_of(supplier_id, now=now)


def may_keep(actor: Actor) -> bool:
    """Tell whether somebody may change sites: owners, catalogue and fulfilment."""
    return bool(actor.roles & {"owner", "catalogue", "fulfilment"})


def _told(site: NewSite | SiteOut) -> dict[str, Any]:
    return {
        "name": site.name,
        "country": site.country,
        "city": site.city,
        "time_zone": site.time_zone,
        "cut_off": site.cut_off.isoformat(),
        "working_days": list(site.working_days),
        "hours": [f"{one.day} {one.opens:%H:%M}-{one.closes:%H:%M}" for one in site.hours],
    }


async def _record(action: str, site_id: UUID, *, supplier_id: UUID, actor: Actor, now: datetime, **change: Any) -> None:
    await audit.record(action=action, entity="site", entity_id=site_id, organisation_id=supplier_id, actor=actor, now=now, **change)
