"""Owns signed cursors: the place in a list, bound to that list, which nobody can make up."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import msgspec

from marketplace.kernel.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

T = TypeVar("T")
SIGNATURE_BYTES = 16
CHARACTERS_MAX = 2000


class BadCursor(DomainError):
    """The cursor is not valid"""

    status = 400
    code = "bad-cursor"
    message = "This cursor does not belong to this list; start again without one."


def encode(list_name: str, values: Sequence[object], *, secret: str) -> str:
    """Give a cursor for the place after these values (ids, moments, numbers, texts, None). `list_name` binds it to the list and its filters."""
    content = msgspec.json.encode(list(values))
    return base64.urlsafe_b64encode(_signature(list_name, content, secret) + content).rstrip(b"=").decode()


def decode(list_name: str, cursor: str, shape: object, *, secret: str) -> Any:
    """Give the values back in a shape such as `tuple[datetime, UUID]`, a type that the checker of types has no name for. Raises: BadCursor for one that was changed, cut or made for another list."""
    if len(cursor) > CHARACTERS_MAX or not cursor.isascii():
        raise BadCursor
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        # Base64 has several spellings of the same bytes ("+" for "-", loose last bits); only ours is taken.
        if base64.urlsafe_b64encode(raw).rstrip(b"=") != cursor.encode():
            raise BadCursor
        content = raw[SIGNATURE_BYTES:]
        if not hmac.compare_digest(raw[:SIGNATURE_BYTES], _signature(list_name, content, secret)):
            raise BadCursor
        return msgspec.json.decode(content, type=shape)
    except (binascii.Error, msgspec.DecodeError):
        raise BadCursor from None


class Asked(NamedTuple):
    """Which page of a list is asked for: behind the cursor (the first without one), how many, and the secret that signs cursors."""

    cursor: str | None
    limit: int
    secret: str


class Places(NamedTuple):
    """The places of one list, as cursors tell them: a tuple of this shape, or its one value by itself."""

    list_name: str
    shape: object
    secret: str

    def behind(self, cursor: str | None) -> Any:
        """Give the place that a page begins behind, None for the first page. Raises: BadCursor."""
        if not cursor:
            return None
        place = decode(self.list_name, cursor, self.shape, secret=self.secret)
        return place if len(place) > 1 else place[0]

    def cursor(self, place: object | None) -> str | None:
        """Give the cursor of the page behind a place, None where none follows."""
        if place is None:
            return None
        return encode(self.list_name, place if isinstance(place, tuple) else (place,), secret=self.secret)


async def listed(
    list_name: str, read: Callable[[Any, int], Awaitable[list[T]]], *, place: Callable[[T], tuple[Any, ...]], shape: object, asked: Asked
) -> tuple[list[T], str | None]:
    """Read one page of a list and sign the cursor of the next, None on the last page.

    `read` gives at most so many items behind a place (None: from the beginning); `place` tells where an item stands, in this `shape`. Raises: BadCursor.
    """
    after = decode(list_name, asked.cursor, shape, secret=asked.secret) if asked.cursor else None
    found = await read(after, asked.limit + 1)
    items = found[: asked.limit]
    return items, encode(list_name, place(items[-1]), secret=asked.secret) if len(found) > asked.limit else None


def _signature(list_name: str, content: bytes, secret: str) -> bytes:
    assert secret, "SECRET_KEY is set"
    key = hmac.digest(secret.encode(), b"marketplace cursor", hashlib.sha256)
    return hmac.digest(key, list_name.encode() + b"\x00" + content, hashlib.sha256)[:SIGNATURE_BYTES]
