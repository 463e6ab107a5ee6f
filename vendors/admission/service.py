"""Owns the use case of letting an organisation sell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel.calendar import date_in
from marketplace.kernel.database import transaction
from marketplace.kernel.names import clean_lines
from marketplace.kernel.organisations import service as organisations
from vendors.accounts import service as accounts
from vendors.accounts.schemas import NewSupplier
from vendors.admission import rules
from vendors.sites import service as sites

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from marketplace.kernel.actor import Actor
    from vendors.accounts.schemas import SupplierOut
    from vendors.admission.schemas import AdmissionIn

typed = rules.typed


async def admit(organisation_id: UUID, sent: AdmissionIn, *, actor: Actor, now: datetime) -> SupplierOut:
    """Let an organisation sell, all or nothing: the capacity, the profile with its checks, and the first site where one is named.

    For the operator alone. Raises: NotAllowed, NotFound, InvalidInput, OrganisationClosed, AlreadySupplier, SiteNameTaken.
    """
    about = clean_lines(sent.about, pointer="/about")
    site = None if sent.site is None else sites.checked(sent.site, now=now, at="/site")
    async with transaction(actor=actor):
        found = await organisations.add_capacity(organisation_id, "supplier", actor=actor, now=now)
        profile = NewSupplier(
            acceptance_hours=sent.acceptance_hours,
            default_incoterm=sent.default_incoterm,
            auto_accepts=sent.auto_accepts,
            profile={"about": about} if about else {},
        )
        passed = accounts.checks(sent.checks, today=date_in(now, time_zone=found.time_zone))
        await accounts.create_supplier_profile(organisation_id, supplier=profile, checks=passed, actor=actor, now=now)
        if site is not None:
            await sites.create_site(organisation_id, site=site, actor=actor, now=now)
        return await accounts.supplier(organisation_id, now=now)
