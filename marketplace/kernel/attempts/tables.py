"""Owns the table of attempts."""

from __future__ import annotations

from piccolo.columns import Integer, Text, Timestamptz
from piccolo.table import Table


class LoginAttempt(Table, tablename="login_attempts", schema="kernel"):
    """How often somebody has tried to sign in to an account, or from an address, within the present window."""

    subject = Text(primary_key=True, null=False, default=None)
    window_start = Timestamptz(null=False, default=None)
    attempts = Integer(null=False, default=0)
