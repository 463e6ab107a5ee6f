"""Owns the pure rules of merges: what the kept product lacks, and what undoing writes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from marketplace.catalogue.products.schemas import FieldValue


def missing(kept: Mapping[str, FieldValue], gone: Mapping[str, FieldValue], *, is_same_language: bool) -> dict[str, FieldValue]:
    """Give what the gone product holds and the kept one does not. A description in another language stays in its own."""
    never = {"title", "unit_code"} if is_same_language else {"title", "unit_code", "description"}
    return {name: value for name, value in gone.items() if name not in kept and name not in never}


def to_restore(now: Mapping[str, FieldValue], before: Mapping[str, FieldValue], after: Mapping[str, FieldValue]) -> dict[str, FieldValue]:
    """Give what undoing a merge writes back: each field that it filled and that still holds what it was filled with."""
    return {name: before.get(name) for name, value in after.items() if now.get(name) == value}
