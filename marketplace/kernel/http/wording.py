"""Owns the words for what does not fit a schema: the decoder's own messages, turned into codes and sentences that people understand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from marketplace.kernel.errors import FieldError

if TYPE_CHECKING:
    from collections.abc import Callable

_PATH = re.compile(r" - at `\$\.?(.*)`$")
NAME_MAX = 60


def _number(text: str) -> int | str:
    return int(text) if re.fullmatch(r"-?[0-9]{1,19}", text) else text.removesuffix(".0")


def _bound(found: re.Match[str]) -> FieldError:
    bound = {"bound": _number(found["bound"])}
    if found["sign"] == ">=":
        return FieldError("", "too-low", "Give {bound} or more.", bound)
    if found["sign"] == "<=":
        return FieldError("", "too-high", "Give {bound} or less.", bound)
    if found["sign"] == ">":
        return FieldError("", "too-low", "Give more than {bound}.", bound)
    return FieldError("", "too-high", "Give less than {bound}.", bound)


def _length(found: re.Match[str]) -> FieldError:
    bound, is_text = {"bound": int(found["bound"])}, found["kind"] in {"str", "bytes"}
    if found["sign"] == ">=":
        if is_text:
            return FieldError("", "too-short", "This is too short; the least is {bound}.", bound)
        return FieldError("", "too-few", "Give at least {bound} of these.", bound)
    if found["sign"] == "<=":
        if is_text:
            return FieldError("", "too-long", "This is too long; the most is {bound}.", bound)
        return FieldError("", "too-many", "Give at most {bound} of these.", bound)
    return FieldError("", "wrong-number", "Give exactly {bound} of these.", bound)


_KINDS: dict[str, Callable[[], FieldError]] = {
    "int": lambda: FieldError("", "not-a-whole-number", "Give a whole number in digits.", {}),
    "float": lambda: FieldError("", "not-a-number", "Give a number.", {}),
    "decimal": lambda: FieldError("", "not-a-decimal", "Give a number in digits, with a point before decimals.", {}),
    "bool": lambda: FieldError("", "not-yes-or-no", "Give true or false.", {}),
    "str": lambda: FieldError("", "not-a-text", "Give a text.", {}),
    "array": lambda: FieldError("", "not-a-list", "Give a list.", {}),
    "object": lambda: FieldError("", "not-an-object", "Give an object with named fields.", {}),
    "uuid": lambda: FieldError("", "not-an-id", "Give an id as this market writes it.", {}),
    "date": lambda: FieldError("", "not-a-date", "Give the date as year-month-day, such as 2026-12-14.", {}),
    "datetime": lambda: FieldError("", "not-a-moment", "Give a moment with its time zone, such as 2026-12-14T09:30:00Z.", {}),
    "time": lambda: FieldError("", "not-a-time", "Give a time of day, such as 15:00:00.", {}),
    "other": lambda: FieldError("", "wrong-kind", "This is not the kind of value that belongs here.", {}),
}


def _kind(found: re.Match[str]) -> FieldError:
    wanted = [part for part in found["kinds"].split(" | ") if part != "null"]
    return _KINDS.get(wanted[0] if len(wanted) == 1 else "other", _KINDS["other"])()


# In this order: the first that fits words the message.
_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], FieldError]], ...] = (
    (
        re.compile(r"Object contains unknown field `(?P<name>.*)`", re.DOTALL),
        lambda found: FieldError(f"/{found['name'][:NAME_MAX]}", "unknown-field", "This field is not known here.", {}),
    ),
    (
        re.compile(r"(?:Object m|M)issing required (?:field|query parameter|header) [`'](?P<name>.*?)[`']"),
        lambda found: FieldError(f"/{found['name']}", "missing", "This field is needed.", {}),
    ),
    (re.compile(r"Expected `(?P<kind>[a-z]+)` of length (?P<sign>[<>]=|)\s*(?P<bound>[0-9]+)"), _length),
    (re.compile(r"Expected `[a-z]+` (?P<sign>[<>]=?) (?P<bound>\S+)"), _bound),
    (re.compile(r"Expected `str` matching regex"), lambda _: FieldError("", "wrong-form", "This is not written the way it has to be.", {})),
    (
        re.compile(r"multiple of (?P<bound>\S+)"),
        lambda found: FieldError("", "not-a-multiple", "Give a multiple of {bound}.", {"bound": _number(found["bound"])}),
    ),
    (re.compile(r"(Number|Integer value) out of range"), lambda _: FieldError("", "out-of-range", "This number is out of range.", {})),
    (re.compile(r"Invalid enum value"), lambda _: FieldError("", "not-one-of-these", "This is not one of the values that are possible here.", {})),
    (re.compile(r"Invalid UUID"), lambda _: _KINDS["uuid"]()),
    (re.compile(r"Invalid decimal"), lambda _: _KINDS["decimal"]()),
    (re.compile(r"Invalid RFC3339 encoded (?P<kind>datetime|date|time)"), lambda found: _KINDS[found["kind"]]()),
    (re.compile(r"Expected `datetime` with a timezone"), lambda _: _KINDS["datetime"]()),
    (re.compile(r"Expected `(?P<kinds>[^`]+)`"), _kind),
)


def worded(text: str) -> FieldError:
    """Tell what one of the decoder's messages means: a pointer below the value it speaks of, a stable code, and a sentence with its parameters."""
    for form, make in _FORMS:
        if found := form.search(text):
            return make(found)
    return _KINDS["other"]()


def field_error(error: Exception) -> FieldError:
    """Tell where and why a value does not fit, as a JSON pointer and a stable code."""
    text = str(error)
    found = _PATH.search(text)
    path = found.group(1) if found else ""
    pointer = "/" + path.replace("[", "/").replace("]", "").replace(".", "/").lstrip("/") if path else ""
    told = worded(_PATH.sub("", text))
    return told._replace(pointer=pointer + told.pointer)
