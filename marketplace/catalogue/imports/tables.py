"""Owns the tables of product imports: one run per file, what was wrong in its rows, and how files with known heads are read."""

from piccolo.columns import JSONB, UUID, BigInt, Boolean, Integer, Text, Timestamptz
from piccolo.table import Table


class ImportRun(Table, tablename="import_runs", schema="catalogue"):
    """One file of products. `position` is the line up to which the present step is done, so that a broken run goes on from there.

    `plan` is what the file would do, found out before anything changes; the counts are what it did. `lease_token` is whose turn it is, by the
    database's clock.
    """

    id = UUID(primary_key=True, default=None)
    source = Text(null=False, default=None)
    file_name = Text(null=False, default=None)
    file_sha256 = Text(null=False, default=None)
    state = Text(null=False, default="waiting")
    position = BigInt(null=False, default=0)
    created_count = Integer(null=False, default=0)
    updated_count = Integer(null=False, default=0)
    unchanged_count = Integer(null=False, default=0)
    failed_count = Integer(null=False, default=0)
    warning_count = Integer(null=False, default=0)
    started_at = Timestamptz(null=False, default=None)
    finished_at = Timestamptz(null=True, default=None)
    kind = Text(null=False, default="icecat")
    file_bytes = BigInt(null=False, default=0)
    file_key = Text(null=False, default="")
    layout = JSONB(null=False, default="{}")
    mapping = JSONB(null=False, default="{}")
    plan = JSONB(null=False, default="{}")
    is_partial = Boolean(null=False, default=False)
    problem = Text(null=False, default="")
    actor = Text(null=False, default="worker")
    checked_at = Timestamptz(null=True, default=None)
    lease_token = UUID(null=True, default=None)
    leased_until = Timestamptz(null=True, default=None)


class ImportIssue(Table, tablename="import_errors", schema="catalogue"):
    """What was wrong with one line. A warning kept the product and left the value out; an error left the line out."""

    id = UUID(primary_key=True, default=None)
    run_id = UUID(null=False, default=None)
    line = BigInt(null=False, default=None)
    source_id = Text(null=False, default="")
    code = Text(null=False, default=None)
    message = Text(null=False, default="")
    params = JSONB(null=False, default="{}")
    is_warning = Boolean(null=False, default=False)


class ImportMapping(Table, tablename="import_mappings", schema="catalogue"):
    """How files with these heads are read, whoever of the operator's sends them."""

    fingerprint = Text(primary_key=True, default=None)
    mapping = JSONB(null=False, default="{}")
    actor = Text(null=False, default=None)
    updated_at = Timestamptz(null=False, default=None)
