"""Owns writing values as SQL reads them: as literals, for the few statements that travel with BEGIN or COMMIT and so carry no parameters, and as patterns."""

from __future__ import annotations

import re
from datetime import datetime
from uuid import UUID

import msgspec

Value = str | int | bytes | UUID | datetime | None

_PARAMETER = re.compile(r"\$([1-9][0-9]?)")


def anywhere(text: str) -> str:
    """Write a text as the pattern of LIKE that finds it anywhere, its own wildcards taken literally; no text stays "", which asks for nothing."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%" if text else ""


def as_json(value: object) -> str:
    """Encode a value for a parameter of type json or jsonb."""
    return msgspec.json.encode(value).decode()


def literal(value: Value) -> str:
    """Write one value as a literal that PostgreSQL reads as exactly that value (`standard_conforming_strings` is on, as the pool makes sure).

    Bytes become hexadecimal, moments ISO 8601 with their offset. Text with NUL, which PostgreSQL cannot hold, raises ValueError.
    """
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, bytes):
        return f"'\\x{value.hex()}'::bytea"
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    if "\x00" in text:
        message = "PostgreSQL holds no NUL in texts"
        raise ValueError(message)
    return "'" + text.replace("'", "''") + "'"


def filled(statement: str, values: tuple[Value, ...]) -> str:
    """Put literals in the place of a statement's parameters ($1, $2 …); what a value holds is never looked at for parameters again."""
    return _PARAMETER.sub(lambda found: literal(values[int(found[1]) - 1]), statement)
