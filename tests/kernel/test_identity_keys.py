"""Tests of API keys: shown once, narrow, ending."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from uuid import uuid4

import pytest

from marketplace.kernel import database
from marketplace.kernel.actor import ANONYMOUS, WORKER
from marketplace.kernel.errors import InvalidInput, NotFound
from marketplace.kernel.identity import service as identity
from marketplace.kernel.keys.errors import KeyEnded, TooManyKeys
from marketplace.kernel.keys.schemas import ApiKeyMade, NewApiKey
from marketplace.kernel.organisations.schemas import OrganisationOut, StateChange
from tests.conftest import NOW
from tests.kernel.identity_cast import acting, organisation, person

pytestmark = pytest.mark.usefixtures("rolled_back")
DAY = timedelta(days=1)


async def key(at: OrganisationOut, *scopes: str, networks: tuple[str, ...] = (), days: int = 365) -> ApiKeyMade:
    data = NewApiKey(name="Lager-ERP", scopes=scopes or ("orders:read",), networks=networks, days=days)
    return await identity.create_api_key(data, organisation_id=at.id, actor=acting(at), now=NOW)


def whole(made: ApiKeyMade) -> str:
    """Give the key as it is shown this once."""
    assert made.key is not None
    return made.key


async def test_a_key_acts_for_its_organisation_with_its_scopes_alone() -> None:
    buyer = await organisation(country="JP")
    made = await key(buyer, "carts:write", "orders:read")
    found = await identity.actor_of_api_key(whole(made), address="203.0.113.7", now=NOW)
    assert found is not None
    assert (found.organisation_id, found.api_key_id, found.person_id) == (buyer.id, made.id, None)
    assert (found.scopes, found.roles, found.capacities) == (frozenset({"carts:write", "orders:read"}), frozenset({"owner"}), frozenset({"buyer"}))
    assert (found.time_zone, found.principal) == ("Asia/Tokyo", f"key:{made.id}")


async def test_only_the_print_of_a_key_is_stored() -> None:
    buyer = await organisation()
    made = await key(buyer)
    assert whole(made).startswith(f"mk_{made.prefix}_")
    async with database.reading(WORKER) as connection:
        row = await connection.fetchrow("SELECT k::text AS whole, secret_hash FROM kernel.api_keys k WHERE id = $1", made.id)
    assert row is not None
    assert row["secret_hash"] == hashlib.sha256(whole(made).encode()).digest()
    assert whole(made).split("_", 2)[2] not in row["whole"]
    (listed,) = await identity.api_keys(buyer.id, actor=acting(buyer))
    assert not hasattr(listed, "key")


@pytest.mark.parametrize("wrong", ["", "mk_", "mk_000000000000_" + "A" * 43, "Bearer x", "é" * 40, "x" * 5000])
async def test_a_made_up_key_is_nobody(wrong: str) -> None:
    assert await identity.actor_of_api_key(wrong, address="203.0.113.7", now=NOW) is None


async def test_a_right_prefix_with_a_wrong_secret_is_nobody() -> None:
    made = await key(await organisation())
    wrong = whole(made)[:-1] + ("A" if whole(made)[-1] != "A" else "B")
    assert await identity.actor_of_api_key(wrong, address="203.0.113.7", now=NOW) is None


async def test_a_key_ends_at_its_day() -> None:
    made = await key(await organisation(), days=1)
    assert await identity.actor_of_api_key(whole(made), address="", now=NOW + DAY - timedelta(seconds=1)) is not None
    assert await identity.actor_of_api_key(whole(made), address="", now=NOW + DAY) is None


@pytest.mark.parametrize(
    "address,works",
    [
        ("203.0.113.9", True),
        ("::ffff:203.0.113.9", True),
        ("203.0.114.1", False),
        ("2001:db8::7", True),
        ("2001:db9::7", False),
        ("", False),
        ("x", False),
    ],
)
async def test_a_key_works_from_its_networks_alone(address: str, works: bool) -> None:  # noqa: FBT001 - a column of the table above
    made = await key(await organisation(), networks=("203.0.113.0/24", "2001:db8::/32"))
    assert (await identity.actor_of_api_key(whole(made), address=address, now=NOW) is not None) is works


async def test_use_is_noted_once_a_minute() -> None:
    buyer = await organisation()
    made = await key(buyer)
    for seconds in (0, 59, 61):
        await identity.actor_of_api_key(whole(made), address="", now=NOW + timedelta(seconds=seconds))
        (listed,) = await identity.api_keys(buyer.id, actor=acting(buyer))
        assert listed.last_used_at == NOW + timedelta(seconds=61 if seconds == 61 else 0)


async def test_a_revoked_key_is_nobody_and_is_revoked_once() -> None:
    buyer = await organisation()
    made = await key(buyer)
    revoked = await identity.revoke_api_key(made.id, organisation_id=buyer.id, actor=acting(buyer), now=NOW)
    assert revoked.revoked_at == NOW
    assert await identity.actor_of_api_key(whole(made), address="", now=NOW) is None
    with pytest.raises(KeyEnded):
        await identity.revoke_api_key(made.id, organisation_id=buyer.id, actor=acting(buyer), now=NOW)


async def test_a_suspended_organisation_s_key_is_nobody() -> None:
    buyer = await organisation()
    made = await key(buyer)
    await identity.change_state(buyer.id, StateChange(state="suspended", reason="check", version=1), actor=WORKER, now=NOW)
    assert await identity.actor_of_api_key(whole(made), address="", now=NOW) is None


async def test_both_keys_work_while_one_replaces_the_other() -> None:
    buyer = await organisation()
    old = await key(buyer, "orders:read", days=30)
    new = await identity.rotate_api_key(old.id, organisation_id=buyer.id, overlap_hours=24, actor=acting(buyer), now=NOW + 10 * DAY)
    assert (new.scopes, new.name, new.expires_at) == (["orders:read"], "Lager-ERP", NOW + 40 * DAY)
    for made in (old, new):
        assert await identity.actor_of_api_key(whole(made), address="", now=NOW + 11 * DAY - timedelta(seconds=1)) is not None
    assert await identity.actor_of_api_key(whole(old), address="", now=NOW + 11 * DAY) is None
    assert await identity.actor_of_api_key(whole(new), address="", now=NOW + 11 * DAY) is not None
    with pytest.raises(KeyEnded):
        await identity.rotate_api_key(old.id, organisation_id=buyer.id, overlap_hours=24, actor=acting(buyer), now=NOW + 10 * DAY)


@pytest.mark.parametrize(
    "pointer,wrong",
    [
        ("/name", {"name": "a\u202eb"}),
        ("/scopes", {"scopes": ()}),
        ("/scopes", {"scopes": ("everything",)}),
        ("/scopes", {"scopes": ("offers:write",)}),
        ("/days", {"days": 0}),
        ("/days", {"days": 731}),
        ("/networks", {"networks": ("300.1.1.1",)}),
        ("/networks", {"networks": ("10.0.0.0/33",)}),
        ("/networks", {"networks": tuple(f"10.0.0.{n}" for n in range(21))}),
        ("/roles", {"roles": ("admin",)}),
    ],
)
async def test_a_wrong_field_is_named_and_no_key_is_made(pointer: str, wrong: dict[str, object]) -> None:
    buyer = await organisation()
    fields: dict[str, object] = {"name": "ERP", "scopes": ("orders:read",), **wrong}
    with pytest.raises(InvalidInput) as refused:
        await identity.create_api_key(NewApiKey(**fields), organisation_id=buyer.id, actor=acting(buyer), now=NOW)  # type: ignore[arg-type]
    assert refused.value.errors[0].pointer == pointer
    assert await identity.api_keys(buyer.id, actor=acting(buyer)) == []


async def test_a_key_does_not_get_a_role_that_its_maker_lacks() -> None:
    buyer = await organisation()
    viewer = acting(buyer, await person(buyer), "viewer")
    with pytest.raises(InvalidInput):
        await identity.create_api_key(
            NewApiKey(name="ERP", scopes=("orders:read",), roles=("owner",)), organisation_id=buyer.id, actor=viewer, now=NOW
        )
    made = await identity.create_api_key(NewApiKey(name="ERP", scopes=("orders:read",)), organisation_id=buyer.id, actor=viewer, now=NOW)
    assert made.roles == ["viewer"]


async def test_fifty_keys_are_enough() -> None:
    buyer = await organisation()
    for _ in range(50):
        made = await key(buyer)
    with pytest.raises(TooManyKeys):
        await key(buyer)
    await identity.revoke_api_key(made.id, organisation_id=buyer.id, actor=acting(buyer), now=NOW)
    await key(buyer)


async def test_another_s_keys_are_like_missing_ones() -> None:
    first, second = await organisation(), await organisation()
    made = await key(second)
    for organisation_id, key_id in ((second.id, made.id), (first.id, made.id), (first.id, uuid4())):
        with pytest.raises(NotFound):
            await identity.revoke_api_key(key_id, organisation_id=organisation_id, actor=acting(first), now=NOW)
        with pytest.raises(NotFound):
            await identity.rotate_api_key(key_id, organisation_id=organisation_id, overlap_hours=1, actor=acting(first), now=NOW)
    with pytest.raises(NotFound):
        await identity.api_keys(second.id, actor=acting(first))
    assert await identity.actor_of_api_key(whole(made), address="", now=NOW) is not None
    for actor, seen in ((acting(first), 0), (acting(second), 1), (ANONYMOUS, 0)):
        async with database.reading(actor) as connection:
            assert await connection.fetchval("SELECT count(*) FROM kernel.api_keys") == seen
