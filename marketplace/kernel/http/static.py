"""Owns static files: read once at start, compressed once, named by content, served from memory."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from typing import TYPE_CHECKING, Any, NamedTuple

from marketplace.kernel.errors import NotFound

if TYPE_CHECKING:
    from pathlib import Path

GZIP_BYTES_MIN = 512


class _File(NamedTuple):
    body: bytes
    compressed: bytes | None
    content_type: bytes
    digest: str


class StaticFiles:
    """The files under one folder, by their path inside it."""

    def __init__(self, folder: Path) -> None:
        """Read every file; licences and manifests are served too."""
        self._files: dict[str, _File] = {}
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                body = path.read_bytes()
                kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
                kind = f"{kind}; charset=utf-8" if kind.startswith("text/") or kind.endswith("javascript") else kind
                compressed = gzip.compress(body, 9, mtime=0) if len(body) > GZIP_BYTES_MIN else None
                self._files[path.relative_to(folder).as_posix()] = _File(body, compressed, kind.encode(), hashlib.sha256(body).hexdigest()[:12])

    def url(self, name: str) -> str:
        """Give the address of a file with its content's digest, so that browsers may keep it for a year."""
        return f"/static/{name}?v={self._files[name].digest}"

    async def serve(self, scope: Any, send: Any) -> None:
        """Answer a GET for a file. Raises: NotFound."""
        found = self._files.get(scope["path"].removeprefix("/static/"))
        if found is None or scope["method"] not in {"GET", "HEAD"}:
            raise NotFound
        headers = dict(scope["headers"])
        is_compressed = found.compressed is not None and b"gzip" in headers.get(b"accept-encoding", b"")
        body = found.compressed if is_compressed and found.compressed is not None else found.body
        fresh = b"public, max-age=31536000, immutable" if found.digest.encode() in scope["query_string"] else b"no-cache"
        answer = [
            (b"content-type", found.content_type),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", fresh),
            (b"vary", b"accept-encoding"),
        ]
        if is_compressed:
            answer.append((b"content-encoding", b"gzip"))
        await send({"type": "http.response.start", "status": 200, "headers": answer})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
