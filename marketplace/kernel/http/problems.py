"""Owns how an error is told: RFC 9457 problem objects for the API, error pages for people, both worded in the reader's language."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec
import structlog
from litestar import Response
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException, ValidationException

from marketplace.kernel.database import as_domain_error
from marketplace.kernel.errors import DomainError, FieldError, InvalidInput, Moved, NotFound, NotSignedIn
from marketplace.kernel.http.wording import worded

if TYPE_CHECKING:
    from litestar import Request

log = structlog.get_logger("http")
ERRORS_MAX = 20
PROBLEM_JSON = "application/problem+json"


class Problem(msgspec.Struct, omit_defaults=False):
    """A problem object of RFC 9457. `type` is the address of a page about it and ends in its stable code, `title` constant per type, `instance` the id of the request."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[dict[str, str]] = []


class MalformedBody(DomainError):
    """The body cannot be read"""

    status = 400
    code = "malformed-body"
    message = "The body is not valid JSON in UTF-8."


class NotAnObject(DomainError):
    """The body is not an object"""

    status = 400
    code = "not-an-object"
    message = "The body is a JSON object, which begins with a curly bracket."


class TooDeep(DomainError):
    """The body nests too deep"""

    status = 400
    code = "too-deep"
    message = "The body nests deeper than {limit} levels."


class TooLarge(DomainError):
    """The body is too large"""

    status = 413
    code = "too-large"
    message = "The body is larger than {limit} bytes, or has too many fields."


class HeadersTooLarge(DomainError):
    """The headers are too large"""

    status = 431
    code = "headers-too-large"
    message = "The headers of this request are larger than this server reads."


class TooSlow(DomainError):
    """The body took too long to arrive"""

    status = 408
    code = "too-slow"
    message = "The body did not arrive in time; nothing was changed."


class UnsupportedMediaType(DomainError):
    """The kind of body is not accepted"""

    status = 415
    code = "unsupported-media-type"
    message = "Send the body as {wanted}."


class UnsupportedEncoding(DomainError):
    """The encoding of the body is not accepted"""

    status = 415
    code = "unsupported-encoding"
    message = "Send the body without content encoding."


class UnknownHost(DomainError):
    """Unknown host"""

    status = 400
    code = "unknown-host"
    message = "This server does not answer for that host name."


class MethodNotAllowed(DomainError):
    """The method is not allowed here"""

    status = 405
    code = "method-not-allowed"
    message = "This address does not take that method."


class FormExpired(DomainError):
    """The form has expired"""

    status = 403
    code = "csrf-token"
    message = "This form was opened in another session; open the page again and repeat."


class InternalError(DomainError):
    """Something broke on our side"""

    status = 500
    code = "internal-error"
    message = "Something broke on our side and was recorded under the request id; nothing was changed."


class ClientMistake(DomainError):
    """The request cannot be used"""

    status = 400
    code = "bad-request"
    message = "The request cannot be used as it was sent."


def wants_json(scope: Any) -> bool:
    """Tell whether the caller is a program: an address under /api, /health or /metrics."""
    path: str = scope.get("path", "")
    return path.startswith(("/api/", "/health/", "/metrics"))


def as_error(error: BaseException) -> DomainError:
    """Turn whatever was raised into the error that is told. Unknown causes become an internal error and are logged with their trace."""
    if isinstance(error, DomainError):
        return error
    if isinstance(error, ValidationException):
        return _invalid(error)
    if isinstance(error, NotFoundException):
        return NotFound()
    if isinstance(error, MethodNotAllowedException):
        return MethodNotAllowed()
    if isinstance(error, HTTPException) and error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
        return TooLarge(limit=0) if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE else ClientMistake()
    return as_domain_error(error) or InternalError()


def _invalid(error: ValidationException) -> DomainError:
    found = error.extra if isinstance(error.extra, list) else []
    errors = tuple(
        worded(str(item.get("message", "")))._replace(pointer=_pointer(str(item.get("key", ""))))
        for item in found[:ERRORS_MAX]
        if isinstance(item, dict)
    )
    return InvalidInput(errors=errors or _missing(error.detail))


def _missing(detail: str) -> tuple[FieldError, ...]:
    told = worded(detail)
    return (told,) if told.code == "missing" else ()


def _pointer(key: str) -> str:
    return "/" + key.replace("[", "/").replace("]", "").replace(".", "/") if key else ""


def problem(error: DomainError, scope: Any) -> dict[str, Any]:
    """Word an error as a problem object in the reader's language."""
    from marketplace.kernel import i18n, wording  # noqa: PLC0415 - catalogues load with the first page or error

    locale = scope.get("locale", "en")
    body: dict[str, Any] = {
        "type": f"{_public_url(scope)}/problems/{error.code}",
        "title": i18n.translate(error.title(), locale),
        "status": error.status,
        "detail": wording.word(error.message, error.params, locale),
        "instance": f"urn:request:{scope.get('request_id', '')}",
        "errors": [
            {"pointer": item.pointer, "code": item.code, "message": wording.word(item.message, item.params, locale)}
            for item in error.errors[:ERRORS_MAX]
        ],
    }
    body.update(error.extra)
    return body


def _public_url(scope: Any) -> str:
    settings = scope.get("settings")
    return settings.public_url.rstrip("/") if settings else ""


def problem_response(error: DomainError, scope: Any) -> Response[Any]:
    """Answer with the problem object and, where one is due, Retry-After."""
    headers = {"retry-after": str(error.retry_after_seconds)} if error.retry_after_seconds else {}
    if isinstance(error, NotSignedIn):
        headers["www-authenticate"] = 'Bearer realm="api"'
    if isinstance(error, Moved):
        headers["location"] = _new_address(error, scope)
    body = msgspec.json.encode(problem(error, scope), enc_hook=str)
    return Response(body, status_code=error.status, media_type=PROBLEM_JSON, headers=headers)


def _new_address(error: Moved, scope: Any) -> str:
    """Give the same address with the new id in it, and the question as it was asked."""
    query = scope.get("query_string", b"").decode("latin-1")
    # An id may have been typed in capitals or without its dashes.
    gone = "-?".join(error.gone.replace("-", ""))
    path = re.sub(gone, error.kept, scope["path"], flags=re.IGNORECASE)
    return f"{scope.get('locale_prefix', '')}{path}" + (f"?{query}" if query else "")


def record(told: DomainError, error: BaseException, scope: Any) -> None:
    """Write down what broke on our side, with its trace; a caller's mistake is in the request log already."""
    if told.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("request failed", request_id=scope.get("request_id"), error=repr(error)[:500], exc_info=error)


def refusal(told: DomainError, scope: Any) -> tuple[bytes, str]:
    """Word an error that was raised before a route was found: a problem object for a program, a page for people."""
    body = problem(told, scope)
    if wants_json(scope):
        return msgspec.json.encode(body, enc_hook=str), PROBLEM_JSON
    from marketplace.kernel import i18n  # noqa: PLC0415 - pages load with the first page
    from marketplace.kernel.http.pages import page  # noqa: PLC0415

    i18n.set_locale(scope["locale"])
    return page(scope, "errors/error.html", problem=body, error=told).encode(), "text/html; charset=utf-8"


def handle_exception(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Answer for anything raised in a handler: Litestar calls it for every exception."""
    told = as_error(error)
    record(told, error, request.scope)
    if wants_json(request.scope):
        return problem_response(told, request.scope)
    return _error_page(request, told)


def _error_page(request: Request[Any, Any, Any], told: DomainError) -> Response[Any]:
    from marketplace.kernel.http.answers import redirect  # noqa: PLC0415 - pages load with the first page
    from marketplace.kernel.http.pages import render  # noqa: PLC0415

    if isinstance(told, NotSignedIn) and request.method == "GET":
        from urllib.parse import quote  # noqa: PLC0415

        if request.scope["actor"].person_id is not None:  # type: ignore[typeddict-item]
            return redirect(request, "/switch-organisation")
        query = request.scope.get("query_string", b"").decode("latin-1")
        here = request.scope["path"] + (f"?{query}" if query else "")
        return redirect(request, f"/sign-in?next={quote(here, safe='')}")
    if isinstance(told, Moved):
        # 301 asks to read the new page; what was sent by a form is not sent again, which 308 would ask for.
        return Response(b"", status_code=HTTPStatus.MOVED_PERMANENTLY, headers={"location": _new_address(told, request.scope)})
    from marketplace.kernel.http import step_up  # noqa: PLC0415

    if isinstance(told, step_up.StepUpNeeded):
        return step_up.question(request)
    headers = {"retry-after": str(told.retry_after_seconds)} if told.retry_after_seconds else {}
    response = render(request, "errors/error.html", problem=problem(told, request.scope), error=told, status=told.status)
    for name, value in headers.items():
        response.headers[name] = value
    return response
