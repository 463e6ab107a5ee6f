"""Owns the table of idempotency keys with the answers they gave."""

from __future__ import annotations

from piccolo.columns import Bytea, SmallInt, Text, Timestamptz
from piccolo.table import Table


class IdempotencyKey(Table, tablename="idempotency_keys", schema="kernel"):
    """One acting call; the key is (principal, route, key). The application role reaches answers only through the functions of this room."""

    principal = Text(primary_key=True, default=None)
    route = Text(default=None, null=False)
    key = Text(default=None, null=False)
    fingerprint = Bytea(default=b"", null=False)
    status = SmallInt(default=None, null=True)
    content_type = Text(default="", null=False)
    body = Bytea(default=None, null=True)
    created_at = Timestamptz(default=None, null=False)
    finished_at = Timestamptz(default=None, null=True)
