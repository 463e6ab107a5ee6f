"""Owns the table of API keys."""

from __future__ import annotations

from piccolo.columns import UUID, Array, Bytea, Integer, Text, Timestamptz
from piccolo.table import Table


class ApiKey(Table, tablename="api_keys", schema="kernel"):
    """A key by which a program acts for an organisation. The prefix is visible; of the key only the SHA-256 is stored."""

    id = UUID(primary_key=True, default=None, null=False)
    organisation_id = UUID(null=False, default=None)
    prefix = Text(null=False, default=None, unique=True)
    secret_hash = Bytea(null=False, default=None)
    name = Text(null=False, default=None)
    scopes = Array(base_column=Text(), null=False, default=None)
    roles = Array(base_column=Text(), null=False, default=None)
    networks = Array(base_column=Text(), null=False, default=None)
    created_by = UUID(null=True, default=None)
    created_at = Timestamptz(null=False, default=None)
    expires_at = Timestamptz(null=False, default=None)
    last_used_at = Timestamptz(null=True, default=None)
    revoked_at = Timestamptz(null=True, default=None)
    replaced_by = UUID(null=True, default=None)
    version = Integer(null=False, default=1)
