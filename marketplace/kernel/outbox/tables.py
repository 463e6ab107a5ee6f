"""Owns the tables of facts on their way: the outbox, and the inbox that marks what each handler has done."""

from __future__ import annotations

from piccolo.columns import JSONB, UUID, SmallInt, Text, Timestamptz
from piccolo.table import Table


class Outbox(Table, tablename="outbox", schema="kernel"):
    """A fact, written in the transaction that made it true.

    `attempts`, `due_at` and `last_error` sum up its handlers' failures; `traceparent` names the request or timer that caused it.
    """

    id = UUID(primary_key=True, default=None)
    kind = Text(default=None, null=False)
    payload = JSONB(default="{}", null=False)
    dedupe_key = Text(default=None, null=True, unique=True)
    state = Text(default="new", null=False)
    attempts = SmallInt(default=0, null=False)
    created_at = Timestamptz(default=None, null=False)
    due_at = Timestamptz(default=None, null=False)
    done_at = Timestamptz(default=None, null=True)
    last_error = Text(default="", null=False)
    traceparent = Text(default="", null=False)


class Inbox(Table, tablename="inbox", schema="kernel"):
    """What one handler did with one fact; the key is (fact_id, handler). A failed row waits for `due_at` or is dead."""

    fact_id = UUID(primary_key=True, default=None)
    handler = Text(default=None, null=False)
    state = Text(default="done", null=False)
    attempts = SmallInt(default=0, null=False)
    due_at = Timestamptz(default=None, null=True)
    done_at = Timestamptz(default=None, null=True)
    last_error = Text(default="", null=False)
