"""Tests of the lists of people, invitations and keys: page by page, over the API and on the pages, nothing is cut in silence."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import connection, transaction
from marketplace.kernel.ids import uuid7
from tests.conftest import NOW

if TYPE_CHECKING:
    import httpx

    from tests.world import World

pytestmark = pytest.mark.usefixtures("rolled_back")
MANY = 230
NEXT = re.compile(r'rel="next" href="([^"]+)"')
PEOPLE = """WITH made AS (INSERT INTO kernel.people (id, email, email_canonical, name, password_hash, locale, state, created_at)
    SELECT u.id, u.id || '@demo.example', u.id || '@demo.example', 'Same Name', '-', 'en', 'active', $3 FROM unnest($2::uuid[]) u(id) RETURNING id)
  INSERT INTO kernel.memberships (id, organisation_id, person_id, roles, state, version, created_at)
    SELECT id, $1, id, '{viewer}', 'active', 1, $3 FROM made"""
INVITATIONS = """INSERT INTO kernel.invitations (id, organisation_id, token_hash, email, email_canonical, roles, state, created_at, expires_at)
  SELECT u.id, $1, decode(replace(u.id::text, '-', ''), 'hex'), u.id || '@demo.example', u.id || '@demo.example', '{viewer}', 'open', $3, $4
  FROM unnest($2::uuid[]) u(id)"""
ENDED_KEYS = """INSERT INTO kernel.api_keys (id, organisation_id, prefix, name, scopes, roles, networks, created_at, expires_at, revoked_at, secret_hash)
  SELECT u.id, $1, 'x' || left(u.id::text, 4) || right(u.id::text, 8), 'Ended', '{orders:read}', '{viewer}', '{}', $3::timestamptz, $3::timestamptz + interval '1 day',
    CASE WHEN u.n % 2 = 0 THEN $3::timestamptz END, sha256(u.id::text::bytea)
  FROM unnest($2::uuid[]) WITH ORDINALITY u(id, n)"""


async def many(sql: str, world: World, *moments: Any) -> None:
    async with transaction(actor=WORKER):
        await connection().execute(sql, world.logins["buyer_a"].organisation_id, [uuid7() for _ in range(MANY)], *moments)


async def all_of(client: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    """Read a list to its end in pages of 100."""
    items: list[dict[str, Any]] = []
    cursor = None
    while True:
        answer = await client.get(path, params={"limit": 100} | ({"cursor": cursor} if cursor else {}))
        assert answer.status_code == 200, answer.text
        items += answer.json()["items"]
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            return items
        assert len(answer.json()["items"]) == 100


async def test_every_member_of_a_large_organisation_is_listed_once(
    as_buyer_a: httpx.AsyncClient, as_operator: httpx.AsyncClient, world: World
) -> None:
    before = len(await all_of(as_buyer_a, "/api/v1/organisation/members"))
    await many(PEOPLE, world, NOW)
    found = await all_of(as_buyer_a, "/api/v1/organisation/members")
    assert len(found) == len({one["id"] for one in found}) == before + MANY
    assert [one["name"] for one in found] == sorted(one["name"] for one in found)
    theirs = await all_of(as_operator, f"/api/v1/operator/organisations/{world.logins['buyer_a'].organisation_id}/members")
    assert [one["id"] for one in theirs] == [one["id"] for one in found]


async def test_every_open_invitation_is_listed_once_the_newest_first(as_buyer_a: httpx.AsyncClient, world: World) -> None:
    before = len(await all_of(as_buyer_a, "/api/v1/organisation/invitations"))
    await many(INVITATIONS, world, NOW, NOW + timedelta(days=7))
    found = [one["id"] for one in await all_of(as_buyer_a, "/api/v1/organisation/invitations")]
    assert len(found) == len(set(found)) == before + MANY
    assert found == sorted(found, reverse=True)


async def test_a_key_that_works_stands_before_all_that_ended(as_buyer_a: httpx.AsyncClient, world: World) -> None:
    before = await all_of(as_buyer_a, "/api/v1/organisation/api-keys")
    await many(ENDED_KEYS, world, NOW - timedelta(days=30))
    found = await all_of(as_buyer_a, "/api/v1/organisation/api-keys")
    assert len(found) == len({one["id"] for one in found}) == len(before) + MANY
    works = [one["revoked_at"] is None and one["expires_at"] > NOW.isoformat() for one in found]
    assert works == sorted(works, reverse=True)
    assert sum(works) >= 1


@pytest.mark.parametrize("path", ["/members", "/members/api-keys"])
async def test_the_pages_lead_on_to_the_rest(path: str, as_buyer_a: httpx.AsyncClient, world: World) -> None:
    await many(PEOPLE, world, NOW)
    await many(ENDED_KEYS, world, NOW - timedelta(days=30))
    rows, following, pages = 0, path, 0
    while following:
        page = (await as_buyer_a.get(following)).text
        rows += page.split("</tbody>")[0].count('<th scope="row"')
        pages += 1
        found = NEXT.search(page)
        following = found.group(1).replace("&amp;", "&") if found else ""
    assert pages == 3
    assert rows > MANY


async def test_a_cursor_of_another_list_is_refused(as_buyer_a: httpx.AsyncClient, world: World) -> None:
    await many(PEOPLE, world, NOW)
    cursor = (await as_buyer_a.get("/api/v1/organisation/members")).json()["next_cursor"]
    for path in ("/api/v1/organisation/api-keys", "/api/v1/organisation/invitations"):
        assert (await as_buyer_a.get(path, params={"cursor": cursor})).status_code == 400
    assert (await as_buyer_a.get("/members", params={"cursor": cursor[:-1]})).status_code == 400
