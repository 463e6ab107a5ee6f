"""Owns the SQL of duty; a batch of any size is one statement."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg

from marketplace.kernel.database import connection, savepoint
from marketplace.kernel.ids import uuid7
from services_addons.duty.rules import write_percent
from services_addons.duty.schemas import DutyBook, DutyRateOut, DutyRow, UnionMember

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services_addons.duty.schemas import DutyQuery, MemberIn, NewDutyRate, RateFilter

MEMBERS_MAX = 1000
Place = tuple[str, str, str, str, int, UUID]
NO_CATEGORY = "00000000-0000-0000-0000-000000000000"
# Members of unions come first, then the rates into these destinations or their unions, a category's once for each category below it;
# with goods named, only rates that may be theirs.
DUTY = """SELECT true, m.code, m.country, m.is_industrial_only, m.source, m.valid_from, m.valid_to, NULL::text, NULL::uuid, NULL::numeric, NULL::date, NULL::date,
      NULL::uuid, 0
    FROM services.customs_unions m
  UNION ALL SELECT false, r.destination, r.origin, r.is_invented, r.source, NULL, NULL, r.hs_prefix, coalesce(d.category_id, r.category_id), r.rate,
      r.valid_from, r.valid_to, r.id, coalesce(d.depth, 0)
    FROM services.duty_rates r LEFT JOIN catalogue.category_descendants d ON d.ancestor_id = r.category_id
    WHERE (r.destination = ANY($1) OR r.destination IN (SELECT m.code FROM services.customs_unions m WHERE m.country = ANY($1)))
      AND ($2::text[] IS NULL OR d.category_id = ANY($3::uuid[]) OR EXISTS (SELECT FROM unnest($2) AS h WHERE starts_with(h, r.hs_prefix)))"""
_RATE = """r.id, r.destination, r.origin, r.hs_prefix, c.slug AS category, r.rate,
  r.valid_from, r.valid_to, r.source, r.is_invented"""
_WHERE = """($1 = '' OR r.destination = $1) AND ($2 = '' OR starts_with(r.hs_prefix, $2)) AND ($3 OR r.valid_to IS NULL OR r.valid_to >= $4)"""
# Where a rate stands in the list: categories behind customs codes, and of the same goods and way the latest first.
_PLACE = """r.destination COLLATE "C", coalesce(r.hs_prefix, '~') COLLATE "C", coalesce(c.slug, '') COLLATE "C", r.origin COLLATE "C",
  date '9999-12-31' - r.valid_from, r.id"""
RATES = f"""SELECT {_RATE} FROM services.duty_rates r LEFT JOIN catalogue.categories c ON c.id = r.category_id WHERE {_WHERE} AND ($6::uuid IS NULL OR r.id = $6)
    AND ($12::uuid IS NULL OR ({_PLACE}) > ($7, $8, $9, $10, $11::integer, $12))
  ORDER BY {_PLACE} LIMIT $5"""
COUNT = f"SELECT count(*) FROM services.duty_rates r WHERE {_WHERE}"
_SAME = """destination = $1 AND origin = $2 AND coalesce(hs_prefix, '') = $3
  AND coalesce(category_id, '00000000-0000-0000-0000-000000000000'::uuid) = $4::uuid"""
GIVE_WAY = f"UPDATE services.duty_rates SET valid_to = $5::date - 1 WHERE {_SAME} AND valid_to IS NULL AND valid_from < $5"
CLASH = f"SELECT valid_from FROM services.duty_rates WHERE {_SAME} AND daterange(valid_from, valid_to, '[]') && daterange($5, $6, '[]') LIMIT 1"
STANDS = f"""SELECT true FROM services.duty_rates WHERE {_SAME} AND valid_from = $5 AND valid_to IS NOT DISTINCT FROM $6::date AND rate = $7 AND source = $8"""
END = """UPDATE services.duty_rates SET valid_to = $2 WHERE id = $1 AND valid_from <= $2 AND (valid_to IS NULL OR valid_to >= $2) RETURNING id"""
COLUMNS = "id hs_prefix category_id origin destination rate valid_from valid_to source is_invented"
MEMBERS = f"""SELECT code, country, is_industrial_only, source, valid_from, valid_to, version FROM services.customs_unions
  ORDER BY code COLLATE "C", country COLLATE "C" LIMIT {MEMBERS_MAX}"""
PUT_MEMBER = """INSERT INTO services.customs_unions (code, country, is_industrial_only, source, valid_from, valid_to) VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT (code, country) DO UPDATE SET is_industrial_only = excluded.is_industrial_only, source = excluded.source,
    valid_from = excluded.valid_from, valid_to = excluded.valid_to, version = customs_unions.version + 1"""


async def duty_book(destinations: Sequence[str], *, goods: Sequence[DutyQuery] | None = None) -> DutyBook:
    """Read the members of all unions and the rates into these destinations, with `goods` only those that may be theirs."""
    hs = None if goods is None else [each.hs_prefix for each in goods if each.hs_prefix]
    rows = await connection().fetch(DUTY, destinations, hs, [each.category_id for each in goods or () if each.category_id])
    book = DutyBook({}, {}, {})
    for row in rows:
        if row[0]:
            member = UnionMember(*row[1:7])
            book.unions.setdefault(member.country, {})[member.code] = member
        else:
            rate = DutyRow(*row[1:5], *row[7:])
            if rate.category_id is not None:
                book.by_category.setdefault(str(rate.category_id), []).append(rate)
            else:
                book.by_prefix.setdefault(rate.hs_prefix or "", []).append(rate)
    return book


async def insert_rates(rates: Sequence[NewDutyRate]) -> bool:
    """Write rates of duty; tell whether none of them meets another one that holds for the same goods."""
    records = [
        (
            uuid7(), each.hs_prefix, each.category_id, each.origin, each.destination, each.rate, each.valid_from, each.valid_to, each.source, each.is_invented,
        )
        for each in rates
    ]  # fmt: skip
    try:
        async with savepoint():
            await connection().copy_records_to_table("duty_rates", schema_name="services", columns=COLUMNS.split(), records=records)
    except (asyncpg.ExclusionViolationError, asyncpg.UniqueViolationError):
        return False
    return True


async def lock_rates() -> None:
    """Let nobody else write rates or memberships until the transaction ends; reading goes on."""
    await connection().execute("SELECT pg_advisory_xact_lock(hashtextextended('duty rates', 0))")


def _same(rate: NewDutyRate) -> tuple[object, ...]:
    return rate.destination, rate.origin, rate.hs_prefix or "", rate.category_id or NO_CATEGORY


async def stands(rate: NewDutyRate) -> bool:
    """Tell whether this very rate stands already."""
    return bool(await connection().fetchval(STANDS, *_same(rate), rate.valid_from, rate.valid_to, rate.rate, rate.source))


async def give_way(rate: NewDutyRate) -> None:
    """End the rate without end that holds for the same goods on the day before this one begins."""
    await connection().execute(GIVE_WAY, *_same(rate), rate.valid_from)


async def clash(rate: NewDutyRate) -> date | None:
    """Give the first day of a rate that holds for the same goods on one of these days."""
    found: date | None = await connection().fetchval(CLASH, *_same(rate), rate.valid_from, rate.valid_to)
    return found


async def end_rate(rate_id: UUID, *, last_day: date) -> bool:
    """Let a rate hold no longer than to a day; tell whether it held then."""
    return await connection().fetchval(END, rate_id, last_day) is not None


def place(one: DutyRateOut) -> Place:
    """Tell where a rate stands in the list, as the list is ordered."""
    return one.destination, one.hs_prefix or "~", one.category or "", one.origin, (date.max - one.valid_from).days, one.id


async def rates(which: RateFilter, *, today: date, rate_id: UUID | None = None, after: Place | None = None) -> list[DutyRateOut]:
    """Read rates by destination and goods, behind a place where one is given, or one of them."""
    values = (which.destination, which.hs_prefix, which.with_past, today, which.limit, rate_id)
    rows = await connection().fetch(RATES, *values, *(after or (None,) * 6))
    return [
        DutyRateOut(
            id=row["id"], destination=row["destination"], origin=row["origin"], hs_prefix=row["hs_prefix"], category=row["category"],
            percent=write_percent(row["rate"]), valid_from=row["valid_from"], valid_to=row["valid_to"], source=row["source"], is_invented=row["is_invented"],
        )
        for row in rows
    ]  # fmt: skip


async def count_rates(which: RateFilter, *, today: date) -> int:
    """Count rates as `rates` finds them."""
    return int(await connection().fetchval(COUNT, which.destination, which.hs_prefix, which.with_past, today))


async def category_ids(slugs: Sequence[str]) -> dict[str, UUID]:
    """Give the ids of categories by slug."""
    rows = await connection().fetch("SELECT slug, id FROM catalogue.categories WHERE slug = ANY($1)", list(slugs))
    return {row["slug"]: row["id"] for row in rows}


async def members() -> list[UnionMember]:
    """Read every membership of a customs union, at most 1,000."""
    return [UnionMember(*row) for row in await connection().fetch(MEMBERS)]


async def put_member(member: MemberIn) -> None:
    """Write a membership, whole, under its next version. The caller holds the lock."""
    values = (member.code, member.country, member.is_industrial_only, member.source, member.valid_from, member.valid_to)
    await connection().execute(PUT_MEMBER, *values)
