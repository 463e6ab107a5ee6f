"""Owns the use cases of API keys: making, rotating, revoking, and telling who acts with one."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from marketplace.kernel import cursors
from marketplace.kernel.actor import WORKER, Actor
from marketplace.kernel.audit import service as audit
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.errors import FieldError, InvalidInput, NotFound
from marketplace.kernel.ids import uuid7
from marketplace.kernel.keys import queries, rules
from marketplace.kernel.keys.errors import KeyEnded, TooManyKeys
from marketplace.kernel.keys.schemas import ApiKeyMade, ApiKeyOut, NewApiKey
from marketplace.kernel.names import clean_name
from marketplace.kernel.organisations import service as organisations

KEYS_MAX: Final = 50
LIST_MAX: Final = 200
OVERLAP_HOURS_MAX: Final = 168
TOUCH_AFTER: Final = timedelta(minutes=1)
SCOPES = rules.SCOPES
scopes_for = rules.scopes_for


async def create_api_key(data: NewApiKey, *, organisation_id: UUID, actor: Actor, now: datetime) -> ApiKeyMade:
    """Make a key for an organisation; it is shown whole this once. Its roles are never more than its maker's.

    Raises: NotFound, InvalidInput, TooManyKeys.
    """
    name = clean_name(data.name, pointer="/name")
    days, networks = rules.check_days(data.days), rules.check_networks(data.networks)
    async with transaction(actor=actor):
        organisation = await organisations.organisation(organisation_id, actor=actor)
        if await queries.count_living(organisation_id, now=now) >= KEYS_MAX:
            raise TooManyKeys(limit=KEYS_MAX)
        prefix, key = rules.new_key()
        made = ApiKeyMade(
            id=uuid7(),
            organisation_id=organisation_id,
            prefix=prefix,
            name=name,
            scopes=rules.check_scopes(data.scopes, capacities=organisation.capacities),
            roles=_roles(data, capacities=organisation.capacities, actor=actor),
            networks=networks,
            created_at=now,
            expires_at=now + timedelta(days=days),
            last_used_at=None,
            revoked_at=None,
            replaced_by=None,
            key=key,
        )
        await _store(made, actor=actor, now=now, action="api_key.created")
    return made


async def api_keys(
    organisation_id: UUID, *, actor: Actor, after: tuple[bool, datetime, UUID] | None = None, limit: int = LIST_MAX
) -> list[ApiKeyOut]:
    """List an organisation's keys for the operator or its own people, those that work first. Raises: NotFound."""
    async with reading(actor):
        await organisations.organisation(organisation_id, actor=actor)
        return await queries.of_organisation(organisation_id, after=after, limit=limit)


async def api_keys_page(organisation_id: UUID, *, asked: cursors.Asked, actor: Actor) -> tuple[list[ApiKeyOut], str | None]:
    """Give one page of the keys and the cursor of the next. Raises: NotFound, BadCursor."""

    async def read(after: Any, limit: int) -> list[ApiKeyOut]:
        return await api_keys(organisation_id, actor=actor, after=after, limit=limit)

    def place(one: ApiKeyOut) -> tuple[bool, datetime, UUID]:
        return one.revoked_at is None, one.expires_at, one.id

    return await cursors.listed(f"api-keys:{organisation_id}", read, place=place, shape=tuple[bool, datetime, UUID], asked=asked)


async def revoke_api_key(key_id: UUID, *, organisation_id: UUID, actor: Actor, now: datetime) -> ApiKeyOut:
    """End a key at once, but for the edge's few seconds. Raises: NotFound, KeyEnded."""
    async with transaction(actor=actor):
        before = await _key(key_id, organisation_id=organisation_id, actor=actor)
        if not await queries.revoke(key_id, organisation_id=organisation_id, now=now):
            raise KeyEnded
        await _record("api_key.revoked", before, actor=actor, now=now)
        return await _key(key_id, organisation_id=organisation_id, actor=actor)


async def rotate_api_key(key_id: UUID, *, organisation_id: UUID, overlap_hours: int, actor: Actor, now: datetime) -> ApiKeyMade:
    """Make a successor with the same rights and length of life; the old key works on for the overlap (0 to 168 hours), so that programs can change over.

    Raises: NotFound, InvalidInput, KeyEnded.
    """
    if not 0 <= overlap_hours <= OVERLAP_HOURS_MAX:
        raise InvalidInput(
            errors=(FieldError("/overlap_hours", "out-of-range", "Both keys work for 0 to {limit} hours.", {"limit": OVERLAP_HOURS_MAX}),)
        )
    async with transaction(actor=actor):
        old = await _key(key_id, organisation_id=organisation_id, actor=actor)
        prefix, key = rules.new_key()
        life = old.expires_at - old.created_at
        kept = {name: getattr(old, name) for name in ("organisation_id", "name", "scopes", "roles", "networks")}
        made = ApiKeyMade(
            id=uuid7(), prefix=prefix, created_at=now, expires_at=now + life, last_used_at=None, revoked_at=None, replaced_by=None, key=key, **kept
        )
        until = now + timedelta(hours=overlap_hours)
        if not await queries.replace(key_id, organisation_id=organisation_id, replaced_by=made.id, until=until, now=now):
            raise KeyEnded
        await _store(made, actor=actor, now=now, action="api_key.rotated")
    return made


async def actor_of_api_key(key: str, *, address: str, now: datetime) -> Actor | None:
    """Tell who acts with a key from an address; None for a key that does not hold, or not from there."""
    prefix = rules.prefix_of(key)
    if prefix is None:
        return None
    async with reading(WORKER):
        row = await queries.by_prefix(prefix, now=now)
    if row is None or not hmac.compare_digest(row["secret_hash"], _hash(key)) or not rules.is_from(address, row["networks"]):
        return None
    if row["last_used_at"] is None or row["last_used_at"] < now - TOUCH_AFTER:
        async with transaction(actor=WORKER):
            await queries.touch(row["id"], now=now, before=now - TOUCH_AFTER)
    return Actor(
        organisation_id=row["organisation_id"],
        api_key_id=row["id"],
        capacities=frozenset(row["capacities"]),
        roles=frozenset(row["roles"]),
        scopes=frozenset(row["scopes"]),
        locale=row["locale"],
        name=row["name"],
        organisation_name=row["display_name"],
        time_zone=row["time_zone"],
        currency=row["currency"],
        country=row["country"],
    )


def _roles(data: NewApiKey, *, capacities: list[str], actor: Actor) -> list[str]:
    """Give the key's roles. Owners, the operator and the worker may give any; others only what they hold."""
    is_free = actor.database_role in {"operator", "worker"} or bool(actor.roles & {"owner", "admin"})
    roles = organisations.check_roles(data.roles or actor.roles, capacities=capacities)
    if not is_free and set(roles) - actor.roles:
        raise InvalidInput(errors=(FieldError("/roles", "not-yours", "A key can do at most what you can do."),))
    return roles


async def _store(made: ApiKeyMade, *, actor: Actor, now: datetime, action: str) -> None:
    assert made.key is not None, "a new key is whole"
    await queries.insert(made, secret_hash=_hash(made.key), created_by=actor.person_id)
    await _record(action, made, actor=actor, now=now)


async def _key(key_id: UUID, *, organisation_id: UUID, actor: Actor) -> ApiKeyOut:
    await organisations.organisation(organisation_id, actor=actor)
    found = await queries.by_id(key_id, organisation_id=organisation_id)
    if found is None:
        raise NotFound
    return found


async def _record(action: str, key: ApiKeyOut, *, actor: Actor, now: datetime) -> None:
    after = {"prefix": key.prefix, "name": key.name, "scopes": key.scopes, "expires_at": key.expires_at.isoformat()}
    await audit.record(action=action, entity="api_key", entity_id=key.id, organisation_id=key.organisation_id, actor=actor, now=now, after=after)


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def without_secret(made: ApiKeyMade) -> ApiKeyMade:
    """Give what may be kept of the answer that showed a new key: all but the key itself, of which only the hash is stored."""
    return msgspec.structs.replace(made, key=None)
