"""Owns the use cases of companies' settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buyers.companies import queries
from marketplace.kernel.audit import service as audit
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.errors import VersionConflict

if TYPE_CHECKING:
    from datetime import datetime

    from buyers.companies.schemas import CompanyOut, CompanySettings
    from marketplace.kernel.actor import Actor


async def company(*, actor: Actor) -> CompanyOut:
    """Give the acting company's settings. Raises: NotFound when no company acts."""
    async with reading(actor):
        return await queries.company(actor.own_organisation("buyer"))


async def save_settings(data: CompanySettings, *, actor: Actor, now: datetime) -> CompanyOut:
    """Store the acting company's settings, at the version that was looked at. Raises: NotFound, VersionConflict."""
    organisation_id = actor.own_organisation("buyer")
    async with transaction(actor=actor):
        before = await queries.company(organisation_id)
        if not await queries.save(organisation_id, po_number_required=data.po_number_required, version=data.version, now=now):
            raise VersionConflict
        await audit.record(
            action="company.settings_changed",
            entity="company",
            entity_id=organisation_id,
            organisation_id=organisation_id,
            actor=actor,
            now=now,
            before={"po_number_required": before.po_number_required},
            after={"po_number_required": data.po_number_required},
        )
        return await queries.company(organisation_id)
