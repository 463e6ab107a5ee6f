"""Owns the tables of product imports: one run per file, and what was wrong in its rows."""

from piccolo.columns import JSONB, UUID, BigInt, Boolean, Integer, Text, Timestamptz
from piccolo.table import Table


class ImportRun(Table, tablename="import_runs", schema="catalogue"):
    """One reading of one file. `position` is the number of lines that are committed, so that a broken run goes on from there."""

    id = UUID(primary_key=True, default=None)
    source = Text(null=False, default=None)
    file_name = Text(null=False, default=None)
    file_sha256 = Text(null=False, default=None)
    state = Text(null=False, default="running")
    position = BigInt(null=False, default=0)
    created_count = Integer(null=False, default=0)
    updated_count = Integer(null=False, default=0)
    unchanged_count = Integer(null=False, default=0)
    failed_count = Integer(null=False, default=0)
    warning_count = Integer(null=False, default=0)
    started_at = Timestamptz(null=False, default=None)
    finished_at = Timestamptz(null=True, default=None)


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
