"""Owns the list of the kernel's tables for Piccolo; the kernel depends on nothing."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from marketplace.kernel.attempts.tables import LoginAttempt
from marketplace.kernel.audit.tables import AuditHead, AuditRow
from marketplace.kernel.fx.tables import FxRate
from marketplace.kernel.idempotency.tables import IdempotencyKey
from marketplace.kernel.invitations.tables import Invitation
from marketplace.kernel.jobs.tables import JobRun
from marketplace.kernel.keys.tables import ApiKey
from marketplace.kernel.machine.tables import AllowedEdge, StateLog
from marketplace.kernel.organisations.tables import Membership, Organisation
from marketplace.kernel.outbox.tables import Inbox, Outbox
from marketplace.kernel.people.tables import Person
from marketplace.kernel.sessions.tables import Session
from marketplace.kernel.stamps.tables import Stamp

APP_CONFIG = AppConfig(
    app_name="kernel",
    migrations_folder_path=str(Path(__file__).parent / "piccolo_migrations"),
    table_classes=[
        AllowedEdge,
        ApiKey,
        AuditHead,
        AuditRow,
        FxRate,
        IdempotencyKey,
        Inbox,
        Invitation,
        JobRun,
        LoginAttempt,
        Membership,
        Organisation,
        Outbox,
        Person,
        Session,
        Stamp,
        StateLog,
    ],
    migration_dependencies=[],
)
