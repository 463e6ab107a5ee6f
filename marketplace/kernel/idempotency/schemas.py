"""Owns the shapes of idempotency."""

from __future__ import annotations

import msgspec


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What claiming a key gave: `is_new` means do the work and then `finish`; otherwise answer again with what is here."""

    is_new: bool
    status: int = 0
    content_type: str = ""
    body: bytes = b""
