"""Owns how a caller says which version of a thing it saw: the If-Match header of RFC 9110 §13.1.1."""

from __future__ import annotations

from typing import Annotated

import msgspec

from marketplace.kernel.errors import DomainError, VersionConflict

# The version of a thing that somebody saw and wants to change.
Version = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
DIGITS_MAX = 9


class VersionNeeded(DomainError):
    """The version is needed"""

    status = 428
    code = "version-needed"
    message = "Say which version of this you saw: an If-Match header, or `version` in the body."


def seen_version(in_body: int | None, if_match: str | None) -> int:
    """Give the version that the body names, else that of If-Match, which may be weak or without quotes.

    Raises: VersionNeeded (428) where neither says one, VersionConflict (412) for a tag that is no version of ours.
    """
    if in_body is not None:
        return in_body
    if not if_match:
        raise VersionNeeded
    tag = if_match.strip().removeprefix("W/").strip('"')
    if not (tag.isascii() and tag.isdigit() and len(tag) <= DIGITS_MAX):
        raise VersionConflict
    return int(tag)
