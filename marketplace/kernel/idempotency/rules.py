"""Owns what an idempotency key may look like and what makes two calls the same."""

from __future__ import annotations

import hashlib
import re

from marketplace.kernel.idempotency.errors import KeyMalformed, KeyMissing

VISIBLE_ASCII = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)


def checked_key(key: str | None) -> str:
    """Give the key as sent. Raises: KeyMissing for none or an empty one; KeyMalformed for over 255 or other than visible ASCII characters."""
    if not key:
        raise KeyMissing
    if VISIBLE_ASCII.fullmatch(key) is None:
        raise KeyMalformed
    return key


def fingerprint(method: str, path: str, body: bytes) -> bytes:
    """Give 32 bytes that are the same for the same method, path and raw body."""
    content = hashlib.sha256(body).digest()
    return hashlib.sha256(f"{method}\n{path}\n".encode() + content).digest()
