"""Owns the reader's language: which one it is, and the wording of every message in it, read from the .po files at first use."""

from __future__ import annotations

import gettext as standard_gettext
import re
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

DEFAULT_LOCALE: Final = "en"
LOCALES: Final[tuple[str, ...]] = ("en", "vi", "ar")
RIGHT_TO_LEFT: Final = frozenset({"ar"})
OWN_NAMES: Final = {"en": "English", "vi": "Tiếng Việt", "ar": "العربية"}
# What stands between thousands (CLDR, Latin digits); the rest of writing numbers is formatting's.
GROUPS: Final = {"en": ",", "vi": ".", "ar": ","}
CATALOGUES: Final = Path(__file__).resolve().parent.parent / "locale"

_PLACE: Final = re.compile(r"%\((?P<name>\w+)\)[sd]|%%")

_locale: ContextVar[str] = ContextVar("locale", default=DEFAULT_LOCALE)


class Catalogue(msgspec.Struct, frozen=True):
    """The messages of one language: single ones by msgid, plural ones by (singular) msgid, and which form a number takes."""

    messages: dict[str, str]
    plurals: dict[str, tuple[str, ...]]
    form: Callable[[int], int]


def current_locale() -> str:
    """Tell the language of this request, "en" outside one."""
    return _locale.get()


def set_locale(locale: str) -> None:
    """Set the language for the rest of this context (a request runs in its own). Unknown ones become their nearest known one."""
    _locale.set(locale if locale in LOCALES else nearest(locale))


@contextmanager
def speaking(locale: str) -> Iterator[None]:
    """Set the language for the block, for mails and for tests."""
    token = _locale.set(nearest(locale))
    try:
        yield
    finally:
        _locale.reset(token)


def nearest(locale: str | None) -> str:
    """Give the known language nearest to a tag such as `ar-EG` or `vi_VN`; English where there is none."""
    primary = (locale or "").replace("_", "-").split("-", 1)[0].lower()
    return primary if primary in LOCALES else DEFAULT_LOCALE


def direction(locale: str | None = None) -> str:
    """Tell which way the language is written, as HTML's `dir` wants it."""
    return "rtl" if (locale or current_locale()) in RIGHT_TO_LEFT else "ltr"


def accepted_locale(header: str) -> str:
    """Choose among our languages by an Accept-Language header (RFC 9110 §12.5.4); bad parts are skipped, at most 20 are read."""
    wanted: list[tuple[float, int, str]] = []
    for position, part in enumerate(header[:1000].split(",")[:20]):
        tag, _sep, parameter = part.strip().partition(";")
        quality = _quality(parameter)
        primary = tag.strip().split("-", 1)[0].lower()
        if primary in LOCALES and quality > 0:
            wanted.append((-quality, position, primary))
    return min(wanted)[2] if wanted else DEFAULT_LOCALE


def _quality(parameter: str) -> float:
    name, _sep, value = parameter.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return min(1.0, max(0.0, float(value)))
    except ValueError:
        return 0.0


def gettext(message: str, **params: object) -> str:
    """Word a message in the reader's language; with parameters, `%(name)s` in it is filled in."""
    return fill(raw_gettext(message), params)


def ngettext(singular: str, plural: str, n: int, **params: object) -> str:
    """Word a message in the form that the number takes in the reader's language; `%(n)s`, grouped, and further parameters are filled in."""
    return fill(raw_ngettext(singular, plural, n), {"n": f"{n:,}".replace(",", GROUPS[current_locale()]), **params})


def fill(worded: str, params: Mapping[str, object]) -> str:
    """Put values into the places `%(name)s` of a worded message; `%%` is one percent sign, and so is a lone `%`.

    A place that nobody filled stays visible: a page never fails for a word.
    """
    if "%" not in worded:
        return worded
    return _PLACE.sub(lambda place: str(params.get(place["name"], place[0])) if place["name"] else "%", worded)


def raw_gettext(message: str) -> str:
    """Give the worded message with its placeholders still in it."""
    return catalogue(current_locale()).messages.get(message) or message


def raw_ngettext(singular: str, plural: str, n: int) -> str:
    """Give the message in the number's form with its placeholders still in it."""
    spoken = catalogue(current_locale())
    forms = spoken.plurals.get(singular)
    worded = forms[spoken.form(abs(int(n)))] if forms else ""
    return worded or (singular if int(n) == 1 else plural)


def translate(message: str, locale: str) -> str:
    """Word a message in a language given, for what is written outside the reader's request."""
    with speaking(locale):
        return raw_gettext(message)


def lazy(message: str) -> str:
    """Mark a message for the translators and leave it as it is, for tables of words made at import time."""
    return message


_ = gettext


@cache
def catalogue(locale: str) -> Catalogue:
    """Read the catalogue of a language once. A language without a file speaks English."""
    path = CATALOGUES / locale / "LC_MESSAGES" / "messages.po"
    if locale == DEFAULT_LOCALE or not path.is_file():
        return Catalogue({}, {}, lambda n: 0 if n == 1 else 1)
    from babel.messages.pofile import read_po  # noqa: PLC0415 - babel costs 10 MB, which a worker that only speaks English saves

    with path.open("rb") as file:
        entries = read_po(file, locale=locale, ignore_obsolete=True)
    messages: dict[str, str] = {}
    plurals: dict[str, tuple[str, ...]] = {}
    for entry in entries:
        if not entry.id or entry.fuzzy:
            continue
        if isinstance(entry.id, str) and isinstance(entry.string, str):
            messages[entry.id] = entry.string
        elif not isinstance(entry.id, str) and entry.string and not isinstance(entry.string, str):
            plurals[entry.id[0]] = tuple(entry.string)
    return Catalogue(messages, plurals, standard_gettext.c2py(entries.plural_expr))


def warm(locales: Iterable[str] = LOCALES) -> None:
    """Read the catalogues at the start, so that the first reader of a language does not wait for them."""
    for locale in locales:
        catalogue(locale)
