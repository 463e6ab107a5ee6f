"""Owns the table of sessions."""

from __future__ import annotations

from piccolo.columns import UUID, Bytea, Timestamptz
from piccolo.table import Table


class Session(Table, tablename="sessions", schema="kernel"):
    """A signed-in browser. The key is the SHA-256 of a 256-bit token; the organisation is empty until the person picks one."""

    token_hash = Bytea(primary_key=True, null=False, default=None)
    person_id = UUID(null=False, default=None)
    organisation_id = UUID(null=True, default=None)
    created_at = Timestamptz(null=False, default=None)
    expires_at = Timestamptz(null=False, default=None)
    stepped_up_at = Timestamptz(null=False, default=None)
