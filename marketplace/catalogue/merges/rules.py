"""Owns the pure rules of merges: what undoing writes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from marketplace.catalogue.products.schemas import FieldValue


def to_restore(now: Mapping[str, FieldValue], before: Mapping[str, FieldValue], after: Mapping[str, FieldValue]) -> dict[str, FieldValue]:
    """Give what undoing a merge writes back: each field that it filled and that still holds what it was filled with."""
    return {name: before.get(name) for name, value in after.items() if now.get(name) == value}
