"""Owns the list of the kernel's tables for Piccolo; the kernel depends on nothing."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from marketplace.kernel.audit.tables import AuditHead, AuditRow
from marketplace.kernel.fx.tables import FxRate
from marketplace.kernel.idempotency.tables import IdempotencyKey
from marketplace.kernel.jobs.tables import JobRun
from marketplace.kernel.machine.tables import AllowedEdge, StateLog
from marketplace.kernel.outbox.tables import Inbox, Outbox

APP_CONFIG = AppConfig(
    app_name="kernel",
    migrations_folder_path=str(Path(__file__).parent / "piccolo_migrations"),
    table_classes=[AllowedEdge, AuditHead, AuditRow, FxRate, IdempotencyKey, Inbox, JobRun, Outbox, StateLog],
    migration_dependencies=[],
)
