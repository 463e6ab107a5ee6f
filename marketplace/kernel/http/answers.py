"""Owns the shapes every answer shares: a page of a list, a redirect that keeps the reader's language, a JSON answer from bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec
from litestar import Response
from litestar.enums import MediaType

if TYPE_CHECKING:
    from litestar import Request

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
