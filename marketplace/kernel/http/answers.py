"""Owns the shapes every answer shares: a page of a list, a redirect that keeps the reader's language, JSON answers from bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec
from litestar import Response
from litestar.enums import MediaType
from litestar.response.base import ASGIResponse

if TYPE_CHECKING:
    from litestar import Request
    from litestar.types import Receive, Scope, Send

T = TypeVar("T")


class Page(msgspec.Struct, Generic[T]):
    """One page of a list. `next_cursor` is null on the last page; it belongs to this list and its filters alone."""

    items: list[T]
    next_cursor: str | None = None


def redirect(request: Request[Any, Any, Any], path: str) -> Response[Any]:
    """Send the reader on with 303 See Other, inside the language that the address carried."""
    return Response(b"", status_code=303, headers={"location": f"{request.scope.get('locale_prefix', '')}{path}"}, media_type=MediaType.HTML)


def as_json(body: bytes, *, status: int = 200) -> Response[Any]:
    """Answer with JSON that is encoded already."""
    return Response(body, status_code=status, media_type=MediaType.JSON)


class EncodedJson(ASGIResponse):
    """A 200 of JSON that is encoded already, for the routes that are asked most: its two headers need none of the machinery that merges headers."""

    __slots__ = ()

    def __init__(self, body: bytes) -> None:
        """Keep what is sent."""
        self.body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - what every ASGI application takes
        """Send it."""
        length = b"%d" % len(self.body)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json"), (b"content-length", length)]})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})
