"""Owns the outermost layer: request id, host and size guards, language of the address, caller, rate limit, headers, log and metrics."""

from __future__ import annotations

import asyncio
import atexit
import re
import sys
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from marketplace.kernel import i18n, tracing
from marketplace.kernel.http import metrics, pages
from marketplace.kernel.http.callers import with_request
from marketplace.kernel.http.limits import Allowances, TooManyRequests
from marketplace.kernel.http.problems import (
    ClientMistake,
    HeadersTooLarge,
    TooLarge,
    TooSlow,
    UnknownHost,
    UnsupportedEncoding,
    as_error,
    record,
    refusal,
)
from marketplace.kernel.http.uploads import UPLOAD_TYPES
from marketplace.kernel.ids import uuid7

if TYPE_CHECKING:
    from litestar.types import ASGIApp

    from marketplace.kernel.errors import DomainError
    from marketplace.kernel.http.callers import Callers
    from marketplace.kernel.http.limits import Allowance
    from marketplace.kernel.http.static import StaticFiles
    from marketplace.kernel.settings import Settings
    from marketplace.kernel.tracing import Span

HEADER_BYTES_MAX = 16_384
COOKIE_BYTES_MAX = 8192
COOKIES_MAX = 200
BODY_SECONDS = 30
DIGITS_MAX = 15
BODYLESS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
SECURITY_HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
_REQUEST_ID = re.compile(rb"[A-Za-z0-9_-]{8,64}")


class Edge:
    """The ASGI application that the server runs: everything that is the same for each request, kept thin."""

    def __init__(self, app: ASGIApp, settings: Settings, static: StaticFiles, callers: Callers) -> None:
        """Wrap the application."""
        self._app = app
        self._settings = settings
        self._static = static
        self.callers = callers
        self.allowances = Allowances(settings)
        public = urlsplit(settings.public_url)
        self._hosts = {public.netloc.encode().lower(), (public.hostname or "").encode()}
        self._local_hosts = {b"127.0.0.1", b"localhost", b"[::1]", b"testserver"}
        transport = ((b"strict-transport-security", b"max-age=31536000; includeSubDomains"),) if public.scheme == "https" else ()
        self._security = SECURITY_HEADERS + transport
        self._log = _RequestLog() if settings.log_requests else None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one connection of the server."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        headers = dict(scope["headers"])
        given, cause = headers.get(b"x-request-id"), headers.get(b"traceparent")
        scope["span"] = span = tracing.begin(cause.decode("latin-1") if cause else "")
        # Who gives neither finds its trace by the id that an answer, a problem and an error page name.
        own_id = uuid7().hex if span.parent_id else span.trace_id
        scope["request_id"] = request_id = given.decode() if given and _REQUEST_ID.fullmatch(given) else own_id
        token = tracing.enter(span)
        scope["settings"] = self._settings
        scope["csrf"] = ""
        self._find_locale(scope, headers)
        is_head = scope["method"] == "HEAD"
        if is_head and not scope["path"].startswith("/static/"):
            # RFC 9110: HEAD is GET without the body; no route has to know.
            scope["method"] = "GET"
        answer = _Answer(scope, _without_body(send) if is_head else send, self._security + _names(request_id, span))
        try:
            await self._serve(scope, receive, answer, headers)
        except Exception as error:
            if answer.status:
                raise
            told = as_error(error)
            record(told, error, scope)
            await self._refuse(told, scope, answer)
        finally:
            seconds = time.perf_counter() - started
            metrics.observe(scope["method"], scope.get("path_template", ""), answer.status, seconds)
            if self._log is not None:
                self._log.write(scope, answer.status, seconds)
            tracing.leave(token)

    async def _serve(self, scope: Any, receive: Any, answer: _Answer, headers: dict[bytes, bytes]) -> None:
        self._check(scope, headers)
        path: str = scope["path"]
        if path.startswith("/static/"):
            await self._static.serve(scope, answer)
            return
        if scope["method"] not in BODYLESS:
            receive = await self._read_body(receive, headers)
        address = self._address(scope, headers)
        scope["address"], scope["app_edge"] = address, self
        who, scope["csrf"] = await self.callers.resolve(headers, address, self.allowances)
        if not scope["locale_prefix"] and who.person_id is not None and not path.startswith("/api/"):
            scope["locale"] = who.locale
        scope["actor"] = with_request(who, locale=scope["locale"], request_id=scope["request_id"])
        i18n.set_locale(scope["locale"])
        if path.startswith("/api/"):
            answer.limit(await self.allowances.call(who.principal if not who.is_anonymous else address))
        elif who.person_id is None:
            # Watchers of the server's health are not readers.
            if not path.startswith(("/health/", "/metrics")):
                await self.allowances.page(address)
        elif scope["method"] == "GET":
            await pages.load_counts(scope)
        await self._app(scope, receive, answer)

    def _check(self, scope: Any, headers: dict[bytes, bytes]) -> None:
        size = 0
        for name, value in scope["headers"]:
            size += len(name) + len(value)
        if size > HEADER_BYTES_MAX or len(scope["query_string"]) > HEADER_BYTES_MAX:
            raise HeadersTooLarge
        cookie = headers.get(b"cookie")
        if cookie is not None and (len(cookie) > COOKIE_BYTES_MAX or cookie.count(b";") >= COOKIES_MAX):
            raise HeadersTooLarge
        host = headers.get(b"host", b"").lower()
        if host not in self._hosts and re.sub(rb":[0-9]{1,5}$", b"", host) not in self._local_hosts:
            raise UnknownHost
        if headers.get(b"content-encoding", b"identity") not in {b"", b"identity"}:
            raise UnsupportedEncoding

    async def _read_body(self, receive: Any, headers: dict[bytes, bytes]) -> Any:
        """Read the body whole, within size and time, and hand it on as one message."""
        content_type = headers.get(b"content-type", b"")
        limit = self._settings.upload_bytes_max if content_type.startswith(UPLOAD_TYPES) else self._settings.json_bytes_max
        declared = headers.get(b"content-length", b"0")
        if not declared.isdigit():
            raise ClientMistake
        if len(declared) > DIGITS_MAX or int(declared) > limit:
            raise TooLarge(limit=limit)
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _whole(receive, limit)
        except TimeoutError:
            raise TooSlow from None

        async def replay() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        return replay

    def _address(self, scope: Any, headers: dict[bytes, bytes]) -> str:
        """Tell the caller's address; X-Forwarded-For counts only from a trusted proxy."""
        client = scope.get("client")
        address: str = client[0] if client else ""
        if self._settings.trusted_proxies and address in self._settings.trusted_proxies:
            forwarded = headers.get(b"x-forwarded-for", b"").decode("latin-1").split(",")[-1].strip()
            return forwarded or address
        return address

    def _find_locale(self, scope: Any, headers: dict[bytes, bytes]) -> None:
        """Take the language from the address (`/ar/…`, which is then cut off), else from Accept-Language."""
        path: str = scope["path"]
        prefix = path[:3]
        scope["locale_prefix"] = ""
        if len(path) >= 3 and path[1:3] in i18n.LOCALES and path[3:4] in {"", "/"} and path[4:5] != "/":  # noqa: PLR2004 - two letters and a slash
            scope["locale"] = path[1:3]
            scope["locale_prefix"] = prefix
            scope["path"] = path[3:] or "/"
            scope["raw_path"] = scope.get("raw_path", b"")[3:] or b"/"
            return
        accepted = headers.get(b"accept-language")
        scope["locale"] = i18n.accepted_locale(accepted.decode("latin-1")) if accepted else "en"

    async def _refuse(self, error: DomainError, scope: Any, answer: _Answer) -> None:
        if isinstance(error, TooManyRequests):
            answer.limit(error.allowance)
        body, content_type = refusal(error, scope)
        headers = [(b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode())]
        if error.retry_after_seconds:
            headers.append((b"retry-after", str(error.retry_after_seconds).encode()))
        if error.status == 401:  # noqa: PLR2004 - RFC 9110 asks for the header
            headers.append((b"www-authenticate", b'Bearer realm="api"'))
        await answer({"type": "http.response.start", "status": error.status, "headers": headers})
        await answer({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _names(request_id: str, span: Span) -> tuple[tuple[bytes, bytes], ...]:
    """Tell the caller under which names its request stands in our log (`traceresponse` is that of W3C Trace Context Level 2)."""
    return (b"x-request-id", request_id.encode()), (b"traceresponse", span.traceparent.encode())


async def _whole(receive: Any, limit: int) -> bytes:
    """Collect a body; what was sent before the caller went away is not a request. Raises: TooLarge, ClientMistake."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientMistake
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise TooLarge(limit=limit)
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


def _without_body(send: Any) -> Any:
    async def headers_alone(message: Any) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return headers_alone


class _Answer:
    """The send side of one request: adds the headers that every answer carries and remembers the status."""

    __slots__ = ("_headers", "_scope", "_send", "status")

    def __init__(self, scope: Any, send: Any, headers: tuple[tuple[bytes, bytes], ...]) -> None:
        self._scope = scope
        self._send = send
        self._headers = headers
        self.status = 0

    def limit(self, allowance: Allowance) -> None:
        """Tell the caller what is left of its minute (RateLimit headers of draft-ietf-httpapi-ratelimit-headers)."""
        left, reset = max(allowance.left, 0), allowance.reset_seconds
        self._headers = (
            *self._headers,
            (b"ratelimit-limit", b"%d" % allowance.limit),
            (b"ratelimit-remaining", b"%d" % left),
            (b"ratelimit-reset", b"%d" % reset),
        )

    async def __call__(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = [*message["headers"], *self._headers]
            for name, _ in message["headers"]:
                if name == b"cache-control":
                    break
            else:
                headers.append((b"cache-control", b"no-store" if self._scope["csrf"] else b"no-cache"))
            message = {**message, "headers": headers}
        await self._send(message)


class _Line(msgspec.Struct, gc=False):
    """What the log says of one request."""

    at: float
    request_id: str
    trace_id: str
    span_id: str
    parent_span_id: str
    method: str
    path: str
    status: int
    ms: float
    who: str


class _RequestLog:
    """One JSON line a request, written in batches: half a second after the first, and at the end of the process."""

    FLUSH_SECONDS = 0.5

    def __init__(self) -> None:
        self._encoder = msgspec.json.Encoder()
        self._lines = bytearray()
        atexit.register(self.flush)

    def write(self, scope: Any, status: int, seconds: float) -> None:
        """Keep a line and see that it goes out soon."""
        who, span = scope.get("actor"), scope["span"]
        if not self._lines:
            asyncio.get_running_loop().call_later(self.FLUSH_SECONDS, self.flush)
        self._encoder.encode_into(
            _Line(
                time.time(),
                scope["request_id"],
                span.trace_id,
                span.span_id,
                span.parent_id,
                scope["method"],
                scope["path"],
                status,
                round(seconds * 1000, 2),
                who.principal if who else "",
            ),
            self._lines,
            -1,
        )
        self._lines.extend(b"\n")

    def flush(self) -> None:
        """Write out what is kept."""
        lines, self._lines = self._lines, bytearray()
        if lines:
            sys.stdout.write(lines.decode())
            sys.stdout.flush()
