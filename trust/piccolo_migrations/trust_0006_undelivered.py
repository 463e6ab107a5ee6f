"""Lets a delivery be contested of which nothing is known, and lets the operator's own correction answer what waits."""

from __future__ import annotations

from piccolo.columns import Integer

from marketplace.kernel.migrations import Migration

ID = "trust_0006_undelivered"
VERSION = "1.38.0"
DESCRIPTION = "contests of deliveries that are not known, answers by a correction"

# Of a delivery that is not known there is no version to refer to; only its day can be said.
WALLS = """
ALTER TABLE trust.contests ADD CONSTRAINT contests_unknown CHECK (event_version IS NOT NULL OR (kind = 'delivered' AND wrong = 'date'));
ALTER TABLE trust.contest_decisions DROP CONSTRAINT contest_decisions_outcome_check,
  ADD CONSTRAINT contest_decisions_outcome_check CHECK (outcome IN ('accepted', 'declined', 'corrected'));
"""


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="trust", description=DESCRIPTION)
    migration.alter_column(
        table_class_name="Contest",
        tablename="contests",
        column_name="event_version",
        params={"null": True},
        old_params={"null": False},
        column_class=Integer,
        old_column_class=Integer,
        schema="trust",
    )
    migration.after(WALLS)
    return migration
