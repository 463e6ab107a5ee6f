"""Owns the SQL of sites."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel.database import connection
from marketplace.kernel.ids import uuid7
from vendors.sites.schemas import NewSite, SiteOut

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

INSERT = """INSERT INTO vendors.sites
    (id, supplier_id, name, country, region, postal_code, city, time_zone, cut_off, working_days, keeps_public_holidays, version)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1)"""
SITES = """SELECT t.id, t.name, t.country, t.region, t.postal_code, t.city, t.time_zone, t.cut_off, t.working_days, t.keeps_public_holidays, t.version,
    ARRAY(SELECT x.on_date FROM vendors.site_exceptions x WHERE x.site_id = t.id AND NOT x.is_open AND x.on_date >= n.today ORDER BY 1) AS closed_on,
    ARRAY(SELECT x.on_date FROM vendors.site_exceptions x WHERE x.site_id = t.id AND x.is_open AND x.on_date >= n.today ORDER BY 1) AS opened_on,
    (SELECT count(*) FROM vendors.offers o WHERE o.supplier_id = t.supplier_id AND o.site_id = t.id) AS offers
  FROM vendors.sites t CROSS JOIN LATERAL (SELECT ($2::timestamptz AT TIME ZONE t.time_zone)::date AS today) n
  WHERE t.supplier_id = $1 ORDER BY t.name COLLATE "C", t.id LIMIT 200"""


async def insert_site(supplier_id: UUID, *, site: NewSite) -> UUID:
    """Write a site with its exceptions."""
    site_id = uuid7()
    await connection().execute(
        INSERT,
        site_id,
        supplier_id,
        site.name,
        site.country,
        site.region,
        site.postal_code,
        site.city,
        site.time_zone,
        site.cut_off,
        list(site.working_days),
        site.keeps_public_holidays,
    )
    exceptions = [(site_id, day, False) for day in site.closed_on] + [(site_id, day, True) for day in site.opened_on]
    if exceptions:
        await connection().executemany("INSERT INTO vendors.site_exceptions (site_id, on_date, is_open, reason) VALUES ($1, $2, $3, '')", exceptions)
    return site_id


async def sites_of(supplier_id: UUID, *, now: datetime) -> list[SiteOut]:
    """Read a supplier's sites by name, at most 200."""
    return [SiteOut(**dict(row)) for row in await connection().fetch(SITES, supplier_id, now)]


async def is_supplier(organisation_id: UUID) -> bool:
    """Tell whether an organisation sells."""
    return bool(await connection().fetchval("SELECT true FROM vendors.suppliers WHERE organisation_id = $1", organisation_id))
