"""Owns the kernel's own front door, as `package.py` is for every other package; that file holds the shapes, which the rooms import."""

from __future__ import annotations

from datetime import datetime, timedelta

from marketplace.kernel.audit import service as audit
from marketplace.kernel.http import pages_types
from marketplace.kernel.idempotency import service as idempotency
from marketplace.kernel.identity import pages_members, pages_operator
from marketplace.kernel.identity import service as identity
from marketplace.kernel.invariants import INVARIANTS
from marketplace.kernel.invitations import pages as invitation_pages
from marketplace.kernel.invitations import routes as invitations
from marketplace.kernel.jobs import pages as works_pages
from marketplace.kernel.keys import pages as key_pages
from marketplace.kernel.keys import routes as keys
from marketplace.kernel.organisations import routes as organisations
from marketplace.kernel.outbox import service as outbox
from marketplace.kernel.package import Job, Package
from marketplace.kernel.sessions import pages as session_pages
from marketplace.kernel.sessions import pages_account, pages_step_up
from marketplace.kernel.sessions import routes as sessions

FACTS_KEPT = timedelta(days=30)


async def purge_facts(now: datetime) -> int:
    """Delete facts that were done thirty days ago."""
    return await outbox.purge(now, before=now - FACTS_KEPT)


JOBS = (
    Job(
        "kernel.seal_audit",
        2,
        audit.seal,
        "Seals the record of acts",
        "Ties each new entry to the one before, so that nobody changes the past unseen.",
    ),
    Job("kernel.purge_facts", 3600, purge_facts, "Clears finished follow-ups", "Deletes what was done 30 days ago, so that the list stays short."),
    Job(
        "kernel.purge_idempotency_keys",
        3600,
        idempotency.purge,
        "Forgets answered requests",
        "Deletes answers kept for two days in case that the same request came twice.",
    ),
    Job(
        "kernel.purge_sessions",
        3600,
        identity.purge,
        "Ends old sign-ins",
        "Deletes sign-ins that have run out and counts of failed attempts long past.",
    ),
)

DOORS = (sessions, organisations, invitations, keys)
PAGES = (session_pages, pages_step_up, pages_account, invitation_pages, pages_members, key_pages, pages_operator, works_pages, pages_types)
PACKAGE = Package(
    name="kernel",
    routers=tuple(router for door in DOORS for router in door.ROUTERS),
    pages=tuple(page for door in PAGES for page in door.PAGES),
    policies=tuple(policy for door in (*DOORS, *PAGES) for policy in door.POLICIES),
    nav=(*pages_operator.NAV, *pages_members.NAV, *pages_account.NAV, *works_pages.NAV),
    roles={"operator": ("admin", "support")},
    jobs=JOBS,
    invariants=INVARIANTS,
)
