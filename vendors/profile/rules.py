"""Owns the rules of a supplier's profile: its words and its contact. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from marketplace.kernel.errors import FieldError, InvalidInput
from marketplace.kernel.names import unseen
from vendors.profile.schemas import KEPT

if TYPE_CHECKING:
    from vendors.profile.schemas import ProfileIn

# An address of the web as people write it: https, a name with a dot, no user, no port.
WEBSITE: Final = re.compile(r"https://[a-z0-9-]+(\.[a-z0-9-]+)+(/[^\s<>\"']*)?", re.ASCII | re.IGNORECASE)
MAIL: Final = re.compile(r"[^@\s<>\"',;]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", re.ASCII)
PHONE: Final = re.compile(r"\+[0-9][0-9 ()/-]{4,30}", re.ASCII)


def words(sent: ProfileIn) -> dict[str, str]:
    """Give the supplier's own words as they are stored, blank ones left out. Raises: InvalidInput at each that cannot stand."""
    kept, errors = {}, []
    for key in KEPT:
        lines = [" ".join(line.split()) for line in getattr(sent, key).strip().splitlines()]
        text = ("\n" if key.startswith("about") else " ").join(lines)
        if not all(line.isprintable() for line in lines):
            errors.append(unseen(f"/{key}"))
        elif text:
            kept[key] = text
    errors += _contact(kept)
    if errors:
        raise InvalidInput(errors=tuple(errors))
    return kept


def _contact(kept: dict[str, str]) -> list[FieldError]:
    errors = []
    if "website" in kept and not WEBSITE.fullmatch(kept["website"]):
        errors.append(FieldError("/website", "bad-website", "Give the address as it stands in a browser, such as https://example.com."))
    if "contact_email" in kept and not MAIL.fullmatch(kept["contact_email"]):
        errors.append(FieldError("/contact_email", "bad-email", "Give an e-mail address such as sales@example.com."))
    if "contact_phone" in kept and not PHONE.fullmatch(kept["contact_phone"]):
        errors.append(FieldError("/contact_phone", "bad-phone", "Give the number with its country, such as +49 40 123456."))
    return errors
