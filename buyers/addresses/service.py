"""Owns the use cases of the address book."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import UUID

from buyers.addresses import queries, rules
from buyers.addresses.errors import AddressArchived, TooManyAddresses
from buyers.addresses.schemas import AddressOut
from buyers.units import service as units
from marketplace.kernel import cursors
from marketplace.kernel.audit import service as audit
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.errors import NotFound, VersionConflict
from marketplace.kernel.ids import uuid7

if TYPE_CHECKING:
    from datetime import datetime

    from buyers.addresses.schemas import AddressChange, AddressInput
    from marketplace.kernel.actor import Actor

ADDRESSES_MAX: Final = 500
LIST_MAX: Final = 200


async def addresses(*, actor: Actor, after: tuple[str, UUID] | None = None, limit: int = LIST_MAX) -> list[AddressOut]:
    """List the acting company's addresses by label; `after` is label and id of the last one seen. Raises: NotFound when no company acts."""
    async with reading(actor):
        return await queries.active(actor.own_organisation("buyer"), after=after, limit=min(limit, LIST_MAX + 1))


async def page(cursor: str | None, *, limit: int, secret: str, actor: Actor) -> tuple[list[AddressOut], str | None]:
    """Give one page of the book and the cursor of the next one. Raises: BadCursor, NotFound when no company acts."""

    async def read(after: tuple[str, UUID] | None, count: int) -> list[AddressOut]:
        return await addresses(actor=actor, after=after, limit=count)

    asked = cursors.Asked(cursor, limit, secret)
    return await cursors.listed(
        f"addresses:{actor.organisation_id}", read, place=lambda one: (one.label, one.id), shape=tuple[str, UUID], asked=asked
    )


async def address(address_id: UUID, *, actor: Actor) -> AddressOut:
    """Give an address of the acting company, archived ones too. Raises: NotFound."""
    async with reading(actor):
        return _found(await queries.by_id(address_id, organisation_id=actor.own_organisation("buyer")))


async def default_address(actor: Actor) -> AddressOut | None:
    """Give the acting company's default address; None where the book is empty. Raises: NotFound when no company acts."""
    async with reading(actor):
        return await queries.default(actor.own_organisation("buyer"))


async def create_address(data: AddressInput, *, actor: Actor, now: datetime) -> AddressOut:
    """Add an address to the acting company's book; the first one becomes the default.

    Raises: NotFound, InvalidInput, TooManyAddresses.
    """
    organisation_id = actor.own_organisation("buyer")
    checked = rules.checked(data)
    async with transaction(actor=actor):
        await queries.lock_book(organisation_id)
        present = await queries.count_active(organisation_id)
        if present >= ADDRESSES_MAX:
            raise TooManyAddresses(limit=ADDRESSES_MAX)
        await _check_unit(checked, actor=actor)
        made = AddressOut(
            id=uuid7(),
            organisation_id=organisation_id,
            unit_id=checked.unit_id,
            label=checked.label,
            recipient=checked.recipient,
            lines=list(checked.lines),
            city=checked.city,
            region=checked.region,
            postal_code=checked.postal_code,
            country=checked.country,
            time_zone=checked.time_zone,
            is_default=checked.is_default or present == 0,
            state="active",
            version=1,
            created_at=now,
        )
        if made.is_default:
            await queries.clear_default(organisation_id, but=made.id)
        await queries.insert(made)
        await _record("address.created", made, actor=actor, now=now)
    return made


async def change_address(address_id: UUID, data: AddressChange, *, actor: Actor, now: datetime) -> AddressOut:
    """Change an address at the version that was looked at; orders placed before keep their copy.

    Raises: NotFound, InvalidInput, AddressArchived, VersionConflict.
    """
    organisation_id = actor.own_organisation("buyer")
    checked = rules.checked(data)
    async with transaction(actor=actor):
        await queries.lock_book(organisation_id)
        before = _found(await queries.by_id(address_id, organisation_id=organisation_id))
        if before.state != "active":
            raise AddressArchived
        await _check_unit(checked, actor=actor)
        if checked.is_default:
            await queries.clear_default(organisation_id, but=address_id)
        if not await queries.update(address_id, checked, organisation_id=organisation_id, version=data.version):
            raise VersionConflict
        changed = _found(await queries.by_id(address_id, organisation_id=organisation_id))
        await _record("address.changed", changed, actor=actor, now=now, before=before)
        return changed


async def archive_address(address_id: UUID, *, version: int, actor: Actor, now: datetime) -> AddressOut:
    """Put an address away, so that no new order is shipped there. Raises: NotFound, AddressArchived, VersionConflict."""
    organisation_id = actor.own_organisation("buyer")
    async with transaction(actor=actor):
        before = _found(await queries.by_id(address_id, organisation_id=organisation_id))
        if before.state != "active":
            raise AddressArchived
        if not await queries.archive(address_id, organisation_id=organisation_id, version=version):
            raise VersionConflict
        archived = _found(await queries.by_id(address_id, organisation_id=organisation_id))
        await _record("address.archived", archived, actor=actor, now=now, before=before)
        return archived


async def _check_unit(data: AddressInput, *, actor: Actor) -> None:
    if data.unit_id is not None and data.unit_id not in {unit.id for unit in await units.units(actor=actor)}:
        raise NotFound


async def _record(action: str, address: AddressOut, *, actor: Actor, now: datetime, before: AddressOut | None = None) -> None:
    await audit.record(
        action=action,
        entity="address",
        entity_id=address.id,
        organisation_id=address.organisation_id,
        actor=actor,
        now=now,
        before=None if before is None else _told(before),
        after=_told(address),
    )


def _told(address: AddressOut) -> dict[str, object]:
    """Give what the audit keeps of an address: where it lies, not who receives there."""
    return {"label": address.label, "country": address.country, "postal_code": address.postal_code, "city": address.city, "state": address.state}


def _found(address: AddressOut | None) -> AddressOut:
    if address is None:
        raise NotFound
    return address
