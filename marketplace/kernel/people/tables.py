"""Owns the table of people."""

from __future__ import annotations

from piccolo.columns import UUID, BigInt, Bytea, Integer, Text, Timestamptz
from piccolo.table import Table


class Person(Table, tablename="people", schema="kernel"):
    """A person who signs in. The e-mail's canonical form is unique; the password is an Argon2id hash; the TOTP secret is sealed."""

    id = UUID(primary_key=True, default=None, null=False)
    email = Text(null=False, default=None)
    email_canonical = Text(null=False, default=None, unique=True)
    name = Text(null=False, default=None)
    password_hash = Text(null=False, default=None)
    totp_secret_sealed = Bytea(null=True, default=None)
    totp_last_step = BigInt(null=False, default=0)
    locale = Text(null=False, default="en")
    state = Text(null=False, default="active")
    version = Integer(null=False, default=1)
    created_at = Timestamptz(null=False, default=None)
