"""Owns the use cases of certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel.audit import service as audit
from marketplace.kernel.calendar import date_in
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.errors import NotAllowed, NotFound, VersionConflict
from marketplace.kernel.ids import uuid7
from vendors.accounts import service as accounts
from vendors.certificates import queries, rules
from vendors.certificates.errors import CertificateClosed, TooManyCertificates
from vendors.life import service as life

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from marketplace.kernel.actor import Actor
    from vendors.certificates.schemas import CertificateIn, CertificateOut, WaitingOut

typed = rules.typed


async def certificates_of(supplier_id: UUID, *, now: datetime) -> list[CertificateOut]:
    """List a supplier's certificates, the next to expire first; everybody may."""
    async with reading():
        return await queries.of_supplier(supplier_id, now=now)


async def my_certificates(*, actor: Actor, now: datetime) -> list[CertificateOut]:
    """List the acting supplier's certificates. Raises: NotFound for who has no organisation."""
    return await certificates_of(actor.own_organisation(), now=now)


async def waiting(*, actor: Actor, now: datetime) -> list[WaitingOut]:
    """List for the operator the certificates that it has not seen yet, the oldest first, at most 200. Raises: NotAllowed."""
    if actor.database_role not in {"operator", "worker"}:
        raise NotAllowed
    async with reading():
        return await queries.waiting(now=now, limit=queries.LIST_MAX)


async def count_waiting(actor: Actor, *, now: datetime) -> int:
    """Count the same for the side list."""
    return len(await waiting(actor=actor, now=now))


async def state_certificate(sent: CertificateIn, *, actor: Actor, now: datetime) -> CertificateOut:
    """Add a certificate of the acting supplier, not confirmed yet.

    Raises: NotFound, SupplierEnded, InvalidInput, CertificateKnown, TooManyCertificates.
    """
    supplier_id = await _writer(actor)
    certificate = rules.checked(sent, today=date_in(now, time_zone=actor.time_zone))
    async with transaction(actor=actor):
        if not await life.lock(supplier_id):
            raise NotFound
        if len(await queries.of_supplier(supplier_id, now=now)) >= queries.LIST_MAX:
            raise TooManyCertificates(limit=queries.LIST_MAX)
        certificate_id = await queries.insert(uuid7(), supplier_id=supplier_id, certificate=certificate, now=now)
        made = await _one(certificate_id, supplier_id=supplier_id, now=now)
        await _record("certificate.stated", made, actor=actor, now=now)
        return made


async def withdraw_certificate(certificate_id: UUID, *, version: int, actor: Actor, now: datetime) -> None:
    """Take a certificate off the acting supplier's list. Raises: NotFound, SupplierEnded, VersionConflict."""
    supplier_id = await _writer(actor)
    async with transaction(actor=actor):
        found = await _one(certificate_id, supplier_id=supplier_id, now=now)
        if not await queries.withdraw(certificate_id, supplier_id=supplier_id, version=version):
            raise VersionConflict(extra={"version": found.version})
        await _record("certificate.withdrawn", found, actor=actor, now=now)


async def confirm_certificate(certificate_id: UUID, *, version: int, actor: Actor, now: datetime) -> CertificateOut:
    """Say for the operator that a certificate was seen and holds. Raises: NotAllowed, NotFound, VersionConflict, CertificateClosed."""
    if actor.database_role not in {"operator", "worker"}:
        raise NotAllowed
    async with transaction(actor=actor):
        found = await _one(certificate_id, supplier_id=None, now=now)
        if found.state != "stated":
            raise CertificateClosed(extra={"current": found.state})
        if not await queries.confirm(certificate_id, version=version, by=actor.principal, now=now):
            raise VersionConflict(extra={"version": found.version})
        await _record("certificate.confirmed", found, actor=actor, now=now)
        return await _one(certificate_id, supplier_id=None, now=now)


async def _one(certificate_id: UUID, *, supplier_id: UUID | None, now: datetime) -> CertificateOut:
    found = await queries.one(certificate_id, supplier_id=supplier_id, now=now)
    if found is None:
        raise NotFound
    return found


async def _writer(actor: Actor) -> UUID:
    supplier_id = actor.own_organisation()
    await accounts.check_not_ended(supplier_id)
    return supplier_id


async def _record(action: str, certificate: CertificateOut, *, actor: Actor, now: datetime) -> None:
    after = {"kind": certificate.kind, "number": certificate.number, "issuer": certificate.issuer, "expires_on": certificate.expires_on}
    await audit.record(
        action=action, entity="certificate", entity_id=certificate.id, organisation_id=certificate.supplier_id, actor=actor, now=now, after=after
    )
