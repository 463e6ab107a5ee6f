"""Owns the pure rules of suppliers."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import TYPE_CHECKING, Final

from marketplace.kernel.errors import FieldError, InvalidInput
from marketplace.kernel.names import unseen
from vendors.accounts.schemas import NewCheck

if TYPE_CHECKING:
    from collections.abc import Container, Sequence
    from uuid import UUID

    from marketplace.kernel.actor import Actor
    from vendors.accounts.schemas import CheckIn

FIRST_DAY: Final = date(2000, 1, 1)


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


def checks(sent: Sequence[CheckIn], *, today: date, at: str = "/checks") -> list[NewCheck]:
    """Give the checks to store. `at` is where they stand in what was sent; "" for one alone.

    Raises: InvalidInput for a day to come, an end that is not after its start, or a reference with what cannot be seen.
    """
    errors = []
    for place, check in enumerate(sent):
        pointer = f"{at}/{place}" if at else ""
        if not FIRST_DAY <= check.passed_on <= today:
            errors.append(FieldError(f"{pointer}/passed_on", "not-past", "A check was passed today or earlier."))
        elif check.expires_on is not None and check.expires_on <= check.passed_on:
            errors.append(FieldError(f"{pointer}/expires_on", "ends-before-start", "A check ends after the day on which it was passed."))
        elif not check.reference.isprintable():
            errors.append(unseen(f"{pointer}/reference"))
    if errors:
        raise InvalidInput(errors=tuple(errors))
    return [
        NewCheck(kind=check.kind, passed_on=check.passed_on, expires_on=check.expires_on, reference=" ".join(check.reference.split()))
        for check in sent
    ]


def sight_of(viewer: Actor) -> tuple[UUID | None, bool]:
    """Tell the statements who looks: (organisation, sees everything), as `vendors.visibility` does, which stands on this room."""
    return viewer.organisation_id, viewer.database_role in {"operator", "worker"}
