"""Owns the table of invitations."""

from __future__ import annotations

from piccolo.columns import UUID, Array, Bytea, Text, Timestamptz
from piccolo.table import Table


class Invitation(Table, tablename="invitations", schema="kernel"):
    """An invitation into an organisation: a single-use link of seven days, of which the SHA-256 is stored."""

    id = UUID(primary_key=True, default=None, null=False)
    organisation_id = UUID(null=False, default=None)
    token_hash = Bytea(null=False, default=None, unique=True)
    email = Text(null=False, default=None)
    email_canonical = Text(null=False, default=None)
    roles = Array(base_column=Text(), null=False, default=None)
    state = Text(null=False, default="open")
    invited_by = UUID(null=True, default=None)
    created_at = Timestamptz(null=False, default=None)
    expires_at = Timestamptz(null=False, default=None)
    accepted_at = Timestamptz(null=True, default=None)
