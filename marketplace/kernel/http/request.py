"""Owns reading a request: the actor, a JSON body decoded strictly into its Struct, a form with its fields named in every error."""

from __future__ import annotations

import re
import types
import typing
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, Union, get_args, get_origin
from urllib.parse import parse_qsl

import msgspec
from litestar import Request
from litestar.datastructures.state import State

from marketplace.kernel.errors import Faults, FieldError, InvalidInput
from marketplace.kernel.http.problems import MalformedBody, NotAnObject, TooDeep, TooLarge, UnsupportedMediaType
from marketplace.kernel.http.uploads import Upload, parts, takes_files
from marketplace.kernel.http.wording import NAME_MAX, field_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from marketplace.kernel.actor import Actor
    from marketplace.kernel.package import Policy

S = TypeVar("S", bound=msgspec.Struct)
DEPTH_MAX = 32
FIELDS_MAX = 1000
TECHNICAL_FIELDS = frozenset({"csrf_token", "idempotency_key"})
_INTEGER = re.compile(r"-?[0-9]{1,18}", re.ASCII)


class MarketRequest(Request[Any, Any, State]):
    """A request whose JSON body is decoded once, strictly, into the Struct that the handler's `data` names."""

    async def json(self) -> Any:
        """Decode the body. Raises: MalformedBody, TooDeep (400), UnsupportedMediaType (415), InvalidInput (422, with the pointer)."""
        raw = await self.body()
        field = self.route_handler.parsed_data_field
        target = field.annotation if field is not None else Any
        return decode_json(raw, target, content_type=self.headers.get("content-type", ""))


def decode_json(raw: bytes, target: Any, *, content_type: str) -> Any:
    """Decode strict JSON into `target`: no comments, no duplicate keys of a level, no more than 32 levels, valid UTF-8.

    Raises: UnsupportedMediaType, MalformedBody, TooDeep, NotAnObject, InvalidInput.
    """
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMediaType(wanted="application/json")
    if not raw:
        raise MalformedBody
    if _depth(raw) > DEPTH_MAX:
        raise TooDeep(limit=DEPTH_MAX)
    try:
        raw.decode("utf-8")
        decoded = _decoder(target).decode(raw)
    except msgspec.ValidationError as error:
        found = field_error(error)
        if not found.pointer and found.code == "not-an-object":
            raise NotAnObject from None
        raise InvalidInput(errors=(found,)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise MalformedBody from None
    _refuse_duplicates(raw)
    return decoded


@cache
def _decoder(target: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(target)


def _depth(raw: bytes) -> int:
    if raw.count(b"{") + raw.count(b"[") <= DEPTH_MAX:
        return 0
    depth = deepest = 0
    in_string = is_escaped = False
    quote, escape = ord('"'), ord("\\")
    for byte in raw:
        if in_string:
            if is_escaped:
                is_escaped = False
            elif byte == escape:
                is_escaped = True
            elif byte == quote:
                in_string = False
        elif byte == quote:
            in_string = True
        elif byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    return deepest


def _refuse_duplicates(raw: bytes) -> None:
    import json  # noqa: PLC0415 - the standard decoder alone tells pairs

    def pairs(found: list[tuple[str, Any]]) -> None:
        seen: set[str] = set()
        for name, _ in found:
            if name in seen:
                raise InvalidInput(errors=(FieldError(f"/{name[:NAME_MAX]}", "duplicate-key", "This key is given twice.", {}),))
            seen.add(name)

    try:
        json.loads(raw, object_pairs_hook=pairs)
    except ValueError:
        # The standard decoder refuses numbers of thousands of digits, which a field that takes anything would let through.
        raise MalformedBody from None


def actor(request: Request[Any, Any, Any]) -> Actor:
    """Give who is calling; the edge has found out before any handler runs."""
    return typing.cast("Actor", request.scope["actor"])  # type: ignore[typeddict-item]


async def form_pairs(request: Request[Any, Any, Any]) -> list[tuple[str, str]]:
    """Read an urlencoded form, or one with files where the route takes them.

    Raises: TooLarge above 1,000 fields or what the policy allows, UnsupportedMediaType, MalformedBody for what is not UTF-8.
    """
    kept = request.scope.get("form_pairs")
    if kept is not None:
        return typing.cast("list[tuple[str, str]]", kept)
    if takes_files(request):
        found, files = parts(await request.body(), request.headers["content-type"])
        request.scope["form_pairs"], request.scope["form_files"] = found, files  # type: ignore[typeddict-unknown-key]
        return found
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise UnsupportedMediaType(wanted="application/x-www-form-urlencoded")
    raw = await request.body()
    policy: Policy | None = request.route_handler.opt.get("policy")
    most = max(FIELDS_MAX, policy.fields_max if policy else 0)
    if raw.count(b"&") >= most:
        raise TooLarge(limit=most)
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=most)
    except ValueError:
        raise MalformedBody from None
    request.scope["form_pairs"] = pairs  # type: ignore[typeddict-unknown-key]
    return pairs


async def form_file(request: Request[Any, Any, Any], name: str) -> Upload:
    """Give the file that a form sent under this name; one without name and content where none was chosen."""
    await form_pairs(request)
    files: dict[str, Upload] = request.scope.get("form_files", {})  # type: ignore[assignment]
    return files.get(name, Upload("", b""))


async def form_values(request: Request[Any, Any, Any]) -> dict[str, str]:
    """Give what was typed, as it was typed, so that a refused form keeps it."""
    return {key: value for key, value in await form_pairs(request) if key not in TECHNICAL_FIELDS}


@cache
def _hints(target: type[msgspec.Struct]) -> dict[str, Any]:
    return typing.get_type_hints(target)


def _plain(hint: Any) -> Any:
    """Give the type behind `X | None`, `X | UnsetType` and Annotated."""
    if get_origin(hint) is typing.Annotated:
        return _plain(get_args(hint)[0])
    if get_origin(hint) in {Union, types.UnionType}:
        kept = [part for part in get_args(hint) if part not in {type(None), msgspec.UnsetType}]
        return _plain(kept[0]) if len(kept) == 1 else hint
    return hint


async def form(request: Request[Any, Any, Any], target: type[S], *, check: Callable[[S], object] | None = None) -> S:
    """Convert a form into a Struct; a blank field counts as not given, every bad field is named, in the order of the form.

    `check` looks at what could be read even where another field could not, so that all faults are told at once; it raises InvalidInput.
    Raises: InvalidInput with a pointer per field.
    """
    hints = _hints(target)
    given: dict[str, Any] = {}
    errors = Faults()
    pairs = await form_pairs(request)
    for key, value in pairs:
        if key in TECHNICAL_FIELDS or (key == "version" and key not in hints):
            continue
        if key not in hints:
            errors.append(FieldError(f"/{key[:NAME_MAX]}", "unknown-field", "This field is not known here.", {}))
        elif get_origin(_plain(hints[key])) in {list, tuple}:
            given.setdefault(key, []).append(value)
        elif _plain(hints[key]) is bool:
            given[key] = value in {"on", "true", "1"}
        elif value.strip():
            given[key] = value.strip()
            if _plain(hints[key]) is int and not _INTEGER.fullmatch(value.strip()):
                errors.append(FieldError(f"/{key}", "not-a-whole-number", "Give a whole number in digits.", {}))
    try:
        return _converted(given, target, errors, check)
    except InvalidInput as error:
        places = {key: place for place, (key, _) in reversed(list(enumerate(pairs)))}
        raise InvalidInput(errors=tuple(sorted(error.errors, key=lambda one: places.get(_field(one), len(places))))) from None


def _field(error: FieldError) -> str:
    return error.pointer.strip("/").split("/")[0]


def _converted(given: dict[str, Any], target: type[S], errors: Faults, check: Callable[[S], object] | None) -> S:
    """Convert what was given; each field that cannot stand is named and left out for the others to be looked at."""
    rest = dict(given)
    converted: S | None = None
    fields = {field.name: field for field in msgspec.structs.fields(target)}
    for name, value in given.items():
        try:
            msgspec.convert(value, fields[name].type, strict=False)
        except msgspec.ValidationError as error:
            found = field_error(error)
            errors.append(found._replace(pointer=f"/{name}{found.pointer}"))
            del rest[name]
    errors += [field_error(_missing(name)) for name, field in fields.items() if field.required and name not in given]
    if all(name in rest or not field.required for name, field in fields.items()):
        try:
            converted = msgspec.convert(rest, target, strict=False)
        except msgspec.ValidationError as error:
            errors.append(field_error(error))
    if converted is not None and errors and check is not None:
        with errors.kept():
            check(converted)
    if converted is not None and not errors:
        return converted
    seen: dict[str, FieldError] = {}
    for item in errors:
        seen.setdefault(item.pointer, item)
    raise InvalidInput(errors=tuple(seen.values()))


def _missing(name: str) -> msgspec.ValidationError:
    return msgspec.ValidationError(f"Object missing required field `{name}`")
