"""Owns the tables of the audit: rows, and the head of each organisation's chain."""

from __future__ import annotations

from piccolo.columns import JSONB, UUID, BigInt, Bytea, Text, Timestamptz
from piccolo.table import Table


class AuditRow(Table, tablename="audit_rows", schema="kernel"):
    """One act. Acts without an organisation stand in the chain of the nil UUID.

    The chain hashes ids and `digest` only; `digest` covers reason, before and after with a random `salt`, so that erasing these four
    for a person's sake leaves the chain whole and the erased unguessable.
    """

    id = UUID(primary_key=True, default=None)
    organisation_id = UUID(default=None, null=False)
    action = Text(default=None, null=False)
    entity = Text(default=None, null=False)
    entity_id = UUID(default=None, null=True)
    principal = Text(default=None, null=False)
    person_id = UUID(default=None, null=True)
    request_id = Text(default="", null=False)
    at = Timestamptz(default=None, null=False)
    reason = Text(default=None, null=True)
    before = JSONB(default=None, null=True)
    after = JSONB(default=None, null=True)
    salt = Bytea(default=None, null=True)
    digest = Bytea(default=b"", null=False)
    seq = BigInt(default=None, null=True)
    previous_hash = Bytea(default=None, null=True)
    hash = Bytea(default=None, null=True)
    sealed_at = Timestamptz(default=None, null=True)


class AuditHead(Table, tablename="audit_heads", schema="kernel"):
    """The last sealed row of one organisation's chain."""

    organisation_id = UUID(primary_key=True, default=None)
    seq = BigInt(default=0, null=False)
    hash = Bytea(default=b"", null=False)
    sealed_at = Timestamptz(default=None, null=False)
