"""Owns the pure rules of suppliers."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container


def slug_of(name: str, *, taken: Container[str] = ()) -> str:
    """Give the address part of a name: ASCII letters, digits and single hyphens, numbered from 2 where it is taken."""
    plain = unicodedata.normalize("NFKD", name.replace("đ", "d").replace("Đ", "D").replace("\u0131", "i").replace("ł", "l").replace("ß", "ss"))
    base = re.sub(r"[^a-z0-9]+", "-", plain.encode("ascii", "ignore").decode().lower()).strip("-")[:70].strip("-") or "supplier"
    number = 2
    slug = base
    while slug in taken:
        slug = f"{base}-{number}"
        number += 1
    return slug
