"""Owns asking people for their password anew before acts that hand out power, and carrying what they typed over that question."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

from marketplace.kernel import clock, i18n
from marketplace.kernel.errors import DomainError
from marketplace.kernel.http.pages import render

if TYPE_CHECKING:
    from litestar import Request, Response

    from marketplace.kernel.actor import Actor

PLACE: Final = "/step-up"
NEXT_CHARACTERS_MAX: Final = 1000


class StepUpNeeded(DomainError):
    """The password is needed again"""

    status = 403
    code = "step-up-needed"
    message = "This act asks for your password again, because you signed in more than {minutes} minutes ago. Nothing was changed yet."


def check(who: Actor, *, minutes: int) -> None:
    """Let a session act that has proven itself of late; keys prove themselves with each call. Raises: StepUpNeeded."""
    if who.session_id and (who.stepped_up_at is None or who.stepped_up_at <= clock.now() - timedelta(minutes=minutes)):
        raise StepUpNeeded(minutes=minutes, extra={"step_up": "/api/v1/session/step-up"})


def safe_next(path: str) -> str:
    """Give a path of this market to go to after proving who one is; anything else becomes the home page."""
    is_inside = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if is_inside and len(path) <= NEXT_CHARACTERS_MAX else "/"


def question(request: Request[Any, Any, Any]) -> Response[Any]:
    """Answer a form that came too late with the question for the password; what was typed stands in it, hidden, until the question is answered."""
    pairs: list[tuple[str, str]] = request.scope.get("form_pairs") or []  # type: ignore[assignment]
    typed = urlencode([pair for pair in pairs if pair[0] != "csrf_token"])
    return form_page(request, {"next": _came_from(request), "act": request.scope["path"], "typed": typed}, status=StepUpNeeded.status)


def form_page(request: Request[Any, Any, Any], kept: dict[str, str], *, errors: dict[str, str] | None = None, status: int = 200) -> Response[Any]:
    """Show the question; `kept` has where to go on and, where a form was stopped, its path and what was typed."""
    values = {"act": "", "typed": "", **kept, "next": safe_next(kept.get("next", "/"))}
    return render(request, "identity/step_up.html", values=values, errors=errors or {}, status=status)


def _came_from(request: Request[Any, Any, Any]) -> str:
    """Give the page that the form stood on, without its language; the home page where the browser keeps it to itself."""
    referer = urlsplit(request.headers.get("referer", ""))
    if referer.netloc != request.headers.get("host"):
        return "/"
    path = referer.path[3:] if referer.path[1:3] in i18n.LOCALES and referer.path[3:4] in {"", "/"} else referer.path
    return safe_next(f"{path or '/'}?{referer.query}" if referer.query else path or "/")
