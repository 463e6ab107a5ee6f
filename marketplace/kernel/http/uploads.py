"""Owns files that come in with a form: read from the body that the edge has bounded already, each known by its digest, none kept by its name."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING, Any

import msgspec
import multipart

from marketplace.kernel.errors import FieldError, InvalidInput
from marketplace.kernel.http.problems import MalformedBody, TooLarge
from marketplace.kernel.i18n import lazy

if TYPE_CHECKING:
    from litestar import Request

FORM = "multipart/form-data"
PARTS_MAX = 100
NAME_CHARACTERS_MAX = 200
# A body of these kinds is a file itself; the edge gives it the room of an upload.
FILE_TYPES = {
    "text/csv": "csv",
    "application/x-ndjson": "jsonl",
    "application/jsonl": "jsonl",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}
# What a byte order mark at the beginning says of the letters after it.
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
NOT_UTF8 = lazy("Line {line} (byte {byte}) is not UTF-8. Save the file as UTF-8, or as UTF-16 with its mark at the beginning.")
UPLOAD_TYPES = (FORM.encode(), *(kind.encode() for kind in FILE_TYPES))


class Upload(msgspec.Struct, frozen=True):
    """A file as it came: `name` is only ever shown."""

    name: str
    content: bytes


def text_of(upload: Upload, *, pointer: str) -> str:
    """Read a file as text in UTF-8, or in UTF-16 with its mark. Raises: InvalidInput at `pointer` with the line that is neither."""
    encoding = next((name for mark, name in MARKS if upload.content.startswith(mark)), "utf-8")
    try:
        return upload.content.decode(encoding)
    except UnicodeDecodeError as error:
        params = {"line": upload.content[: error.start].count(b"\n") + 1, "byte": error.start}
        raise InvalidInput(errors=(FieldError(pointer, "encoding-unknown", NOT_UTF8, params),)) from None


def takes_files(request: Request[Any, Any, Any]) -> bool:
    """Tell whether the body is a form with files and the route takes some; others refuse such a body."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == FORM and bool(request.route_handler.opt.get("takes_files"))


def parts(raw: bytes, content_type: str) -> tuple[list[tuple[str, str]], dict[str, Upload]]:
    """Read a form with files: its fields, in which a file stands by its digest, and the files by field.

    Raises: MalformedBody, TooLarge above a hundred parts.
    """
    options = multipart.parse_options_header(content_type)[1]
    pairs: list[tuple[str, str]] = []
    files: dict[str, Upload] = {}
    size = len(raw) + 1
    try:
        found = multipart.MultipartParser(
            io.BytesIO(raw), options.get("boundary", ""), content_length=len(raw), part_limit=PARTS_MAX, memory_limit=size, spool_limit=size
        )
        for part in found.parts():
            if part.filename is None:
                pairs.append((part.name, part.value))
                continue
            content = part.raw
            files[part.name] = Upload(_name(part.filename), content)
            pairs.append((part.name, f"sha256:{hashlib.sha256(content).hexdigest()}" if part.filename else ""))
    except multipart.ParserLimitReached:
        raise TooLarge(limit=PARTS_MAX) from None
    except (multipart.MultipartError, ValueError, LookupError):
        raise MalformedBody from None
    return pairs, files


def _name(given: str) -> str:
    """Keep of a file's name what may be shown: its last part, without what does not print."""
    last = given.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in last if letter.isprintable())[-NAME_CHARACTERS_MAX:]
