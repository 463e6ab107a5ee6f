"""Owns the session cookie: its name by scheme, its attributes, and reading it from the raw header."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from litestar import Response

    from marketplace.kernel.settings import Settings


def session_cookie_name(settings: Settings) -> str:
    """Give `__Host-session` behind https; plain `session` only where PUBLIC_URL is http on loopback (`settings.check` refuses others at start)."""
    return "__Host-session" if settings.public_url.startswith("https://") else "session"


def set_session(response: Response[Any], settings: Settings, token: str) -> None:
    """Hand the session token to the browser for the life of the session."""
    name = session_cookie_name(settings)
    response.set_cookie(
        name, token, max_age=settings.session_hours * 3600, path="/", httponly=True, secure=name.startswith("__Host-"), samesite="lax"
    )


def clear_session(response: Response[Any], settings: Settings) -> None:
    """Take the session token away."""
    name = session_cookie_name(settings)
    response.set_cookie(name, "", max_age=0, path="/", httponly=True, secure=name.startswith("__Host-"), samesite="lax")


def read_cookie(header: bytes, name: bytes) -> str:
    """Read one cookie from a raw Cookie header; "" when absent. The last of several wins nothing: the first one counts."""
    for part in header.split(b";"):
        key, _, value = part.strip().partition(b"=")
        if key == name:
            return value.decode("latin-1")
    return ""
