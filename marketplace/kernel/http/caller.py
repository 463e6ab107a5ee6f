"""Owns what routes and pages ask about their caller: the organisation, the network address, the settings, what the edge remembers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, cast

from litestar.params import QueryParameter

from marketplace.kernel.cursors import Asked, Places
from marketplace.kernel.http.request import actor

if TYPE_CHECKING:
    from uuid import UUID

    from litestar import Request

    from marketplace.kernel.settings import Settings

PAGE_SIZE: Final = 100
Limit = Annotated[int, QueryParameter(ge=1, le=200, description="How many items a page holds.")]
Cursor = Annotated[str | None, QueryParameter(max_length=2000, description="`next_cursor` of the page before.")]
# Who runs an organisation: the words of policies for members, invitations and keys.
IN_CHARGE: Final = ("buyer:owner", "supplier:owner", "operator:admin")


def own_organisation(request: Request[Any, Any, Any]) -> UUID:
    """Give the acting organisation. Raises: NotFound when none acts."""
    return actor(request).own_organisation()


def settings_of(request: Request[Any, Any, Any]) -> Settings:
    """Give the settings of the installation."""
    return cast("Settings", request.scope["settings"])  # type: ignore[typeddict-item]


def asked_of(request: Request[Any, Any, Any], cursor: str | None, *, limit: int = PAGE_SIZE) -> Asked:
    """Tell which page of a list a request asks for."""
    return Asked(cursor or None, limit, settings_of(request).secret_key)


def places_of(request: Request[Any, Any, Any], list_name: str, shape: object) -> Places:
    """Tell how a list's places travel in cursors: under its name and filters, in this shape, such as `tuple[datetime, UUID]`."""
    return Places(list_name, shape, settings_of(request).secret_key)


def address_of(request: Request[Any, Any, Any]) -> str:
    """Give the caller's network address as the edge found it, behind trusted proxies too."""
    found = request.scope.get("address")
    return cast("str", found) if found else (request.client.host if request.client else "")


def csrf_of(request: Request[Any, Any, Any], token: str) -> str:
    """Give the CSRF token of a session that this answer begins."""
    edge: Any = request.scope.get("app_edge")
    return "" if edge is None else str(edge.callers.csrf(token))


def forget(request: Request[Any, Any, Any]) -> None:
    """Let the edge of this process look anew who is who, after a change of session, roles or keys; other processes do so within seconds."""
    edge: Any = request.scope.get("app_edge")
    if edge is not None:
        edge.callers.forget()
