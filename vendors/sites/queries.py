"""Owns the SQL of sites."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec

from marketplace.kernel.database import connection, savepoint
from marketplace.kernel.ids import uuid7
from vendors.sites.errors import SiteNameTaken
from vendors.sites.schemas import DayHours, DayOff, NewSite, SiteOut

if TYPE_CHECKING:
    from datetime import date, datetime
    from uuid import UUID

INSERT = """INSERT INTO vendors.sites
    (id, supplier_id, name, country, region, postal_code, city, time_zone, cut_off, working_days, keeps_public_holidays, opens_at, closes_at, version)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1)"""
UPDATE = """UPDATE vendors.sites SET name = $4, country = $5, region = $6, postal_code = $7, city = $8, time_zone = $9, cut_off = $10,
    working_days = $11, keeps_public_holidays = $12, opens_at = $13, closes_at = $14, version = version + 1
  WHERE id = $1 AND supplier_id = $2 AND version = $3 RETURNING id"""
SITES = """SELECT t.id, t.name, t.country, t.region, t.postal_code, t.city, t.time_zone, t.cut_off, t.working_days, t.keeps_public_holidays, t.version, t.opens_at, t.closes_at,
    (SELECT coalesce(json_agg(json_build_object('on_date', x.on_date, 'is_open', x.is_open, 'note', x.reason) ORDER BY x.on_date), '[]')::text
      FROM vendors.site_exceptions x WHERE x.site_id = t.id AND x.on_date >= n.today) AS exceptions,
    ARRAY(SELECT x.on_date FROM vendors.site_exceptions x WHERE x.site_id = t.id AND NOT x.is_open AND x.on_date >= n.today ORDER BY 1) AS closed_on,
    ARRAY(SELECT x.on_date FROM vendors.site_exceptions x WHERE x.site_id = t.id AND x.is_open AND x.on_date >= n.today ORDER BY 1) AS opened_on,
    (SELECT count(*) FROM vendors.offers o WHERE o.supplier_id = t.supplier_id AND o.site_id = t.id) AS offers
  FROM vendors.sites t CROSS JOIN LATERAL (SELECT ($2::timestamptz AT TIME ZONE t.time_zone)::date AS today) n
  WHERE t.supplier_id = $1 AND ($3::uuid IS NULL OR t.id = $3) ORDER BY t.name COLLATE "C", t.id LIMIT 200"""
COMING = """DELETE FROM vendors.site_exceptions x USING vendors.sites t
  WHERE t.id = x.site_id AND t.id = $1 AND t.supplier_id = $2 AND x.on_date >= ($3::timestamptz AT TIME ZONE t.time_zone)::date
    AND x.on_date <> ALL ($4::date[])"""
EXCEPTIONS = """INSERT INTO vendors.site_exceptions (site_id, on_date, is_open, reason)
  SELECT t.id, d.on_date, d.is_open, '' FROM vendors.sites t CROSS JOIN unnest($4::date[], $5::boolean[]) AS d(on_date, is_open)
  WHERE t.id = $1 AND t.supplier_id = $2 AND d.on_date >= ($3::timestamptz AT TIME ZONE t.time_zone)::date
  ON CONFLICT (site_id, on_date) DO UPDATE SET is_open = excluded.is_open"""
EXCEPTION = """INSERT INTO vendors.site_exceptions (site_id, on_date, is_open, reason)
  SELECT t.id, $3, $4, $5 FROM vendors.sites t WHERE t.id = $1 AND t.supplier_id = $2
  ON CONFLICT (site_id, on_date) DO UPDATE SET is_open = excluded.is_open, reason = excluded.reason"""
USUAL = """DELETE FROM vendors.site_exceptions x USING vendors.sites t
  WHERE t.id = x.site_id AND t.id = $1 AND t.supplier_id = $2 AND x.on_date = $3"""


async def insert_site(supplier_id: UUID, *, site: NewSite) -> UUID:
    """Write a site with its exceptions. Raises: SiteNameTaken."""
    site_id = uuid7()
    try:
        async with savepoint():
            await connection().execute(INSERT, site_id, supplier_id, *_values(site))
    except asyncpg.UniqueViolationError:
        raise SiteNameTaken(name=site.name) from None
    exceptions = [(site_id, day, False) for day in site.closed_on] + [(site_id, day, True) for day in site.opened_on]
    if exceptions:
        await connection().executemany("INSERT INTO vendors.site_exceptions (site_id, on_date, is_open, reason) VALUES ($1, $2, $3, '')", exceptions)
    return site_id


def _values(site: NewSite) -> tuple[object, ...]:
    return (
        site.name,
        site.country,
        site.region,
        site.postal_code,
        site.city,
        site.time_zone,
        site.cut_off,
        list(site.working_days),
        site.keeps_public_holidays,
        [one.opens for one in site.hours] or None,
        [one.closes for one in site.hours] or None,
    )


async def update_site(site_id: UUID, *, supplier_id: UUID, site: NewSite, version: int, now: datetime) -> bool:
    """Store a supplier's site at this version, with its exceptions from today on; tell whether it was still at it. Raises: SiteNameTaken."""
    try:
        async with savepoint():
            found = await connection().fetchval(UPDATE, site_id, supplier_id, version, *_values(site))
    except asyncpg.UniqueViolationError:
        raise SiteNameTaken(name=site.name) from None
    if found is None:
        return False
    days = [*site.closed_on, *site.opened_on]
    await connection().execute(COMING, site_id, supplier_id, now, days)
    await connection().execute(EXCEPTIONS, site_id, supplier_id, now, days, [place >= len(site.closed_on) for place in range(len(days))])
    return True


async def touch_site(site_id: UUID, *, supplier_id: UUID, version: int) -> bool:
    """Count a site's version on; tell whether it was still at this one."""
    sql = "UPDATE vendors.sites SET version = version + 1 WHERE id = $1 AND supplier_id = $2 AND version = $3 RETURNING id"
    return await connection().fetchval(sql, site_id, supplier_id, version) is not None


async def set_exception(site_id: UUID, *, supplier_id: UUID, on_date: date, is_open: bool | None, note: str) -> None:
    """Write what a day is at a site against its rule; None takes the exception away."""
    if is_open is None:
        await connection().execute(USUAL, site_id, supplier_id, on_date)
    else:
        await connection().execute(EXCEPTION, site_id, supplier_id, on_date, is_open, note)


async def sites_of(supplier_id: UUID, *, now: datetime, site_id: UUID | None = None) -> list[SiteOut]:
    """Read a supplier's sites by name, at most 200, or one of them."""
    return [_site(dict(row)) for row in await connection().fetch(SITES, supplier_id, now, site_id)]


def _site(row: dict[str, Any]) -> SiteOut:
    opens, closes = row.pop("opens_at") or [], row.pop("closes_at") or []
    exceptions = msgspec.json.decode(row.pop("exceptions"), type=list[DayOff])
    hours = [DayHours(*each) for each in zip(row["working_days"], opens, closes, strict=bool(opens))]
    return SiteOut(**row, hours=hours, exceptions=exceptions)


async def count_sites(supplier_id: UUID) -> int:
    """Count a supplier's sites."""
    return int(await connection().fetchval("SELECT count(*) FROM vendors.sites WHERE supplier_id = $1", supplier_id))
