"""Owns keeping the translators' catalogues in step with the messages in templates and code, and checking what they say."""

from __future__ import annotations

import io
import json
import re
import string
import sys
from typing import TYPE_CHECKING, Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

from marketplace.kernel.i18n import CATALOGUES, DEFAULT_LOCALE, LOCALES
from marketplace.kernel.settings import checkout_dir

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from babel.messages.catalog import Message

# Words that are the same in another language: names, codes, units, signs.
SAME_FILE: Final = "same.txt"
_PERCENT = re.compile(r"%\((\w+)\)[sd]")
# Header lines that say when and by whom, which the history says better.
CHANGING: Final = tuple(
    f'"{name}: '
    for name in (
        "Report-Msgid-Bugs-To",
        "POT-Creation-Date",
        "PO-Revision-Date",
        "Last-Translator",
        "Language-Team",
        "Generated-By",
        "Project-Id-Version",
    )
)
HELP: Final = "usage: messages update | check | missing LOCALE | fill LOCALE FILE.json"


def path_of(locale: str) -> Path:
    """Give the catalogue's file."""
    return CATALOGUES / locale / "LC_MESSAGES" / "messages.po"


def found() -> Catalog:
    """Collect every message of the project, as babel.cfg tells where."""
    root = checkout_dir()
    with (root / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]  # babel leaves it untyped
    collected = Catalog(project="marketplace", charset="utf-8")
    keywords = {"_": None, "gettext": None, "lazy": None, "ngettext": (1, 2)}
    for name, _line, message, comments, context in extract_from_dir(root, methods, options, keywords, directory_filter=_is_source):
        collected.add(message, None, [(name, 0)], auto_comments=comments, context=context)
    return collected


def _is_source(folder: str | object) -> bool:
    return str(folder).rsplit("/", 1)[-1] not in {
        ".venv",
        ".git",
        "var",
        "tests",
        "scripts",
        "node_modules",
        "__pycache__",
        "docs",
        "build",
        "pictures",
    }


def read(locale: str) -> Catalog:
    """Read a catalogue, or begin one."""
    path = path_of(locale)
    if not path.is_file():
        return Catalog(locale=locale, project="marketplace", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def write(catalogue: Catalog) -> None:
    """Write a catalogue sorted by message and without line numbers, so that a change shows as what it is."""
    path = path_of(str(catalogue.locale))
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue.obsolete.clear()
    catalogue.fuzzy = False
    catalogue.header_comment = f"# {str(catalogue.locale).upper()} of the marketplace. Kept in step by scripts/messages."
    written = io.BytesIO()
    write_po(written, catalogue, width=0, sort_output=True, no_location=True, ignore_obsolete=True)
    lines = written.getvalue().decode().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith(CHANGING)), encoding="utf-8")


def update() -> None:
    """Bring every catalogue in step: new messages come in empty, messages that nobody says any more go."""
    template = found()
    for locale in LOCALES:
        catalogue = read(locale)
        catalogue.update(template, no_fuzzy_matching=True, update_header_comment=False)
        write(catalogue)


def forms(message: Message) -> tuple[str, ...]:
    """Give the translated forms of a message, one for a message without number."""
    if message.pluralizable:
        return tuple(message.string) if message.string and not isinstance(message.string, str) else ()
    return (str(message.string),) if message.string else ()


def placeholders(text: str) -> set[str]:
    """Name the places that a message fills: `%(name)s` of pages and `{name}` of errors."""
    if _PERCENT.search(text):
        return set(_PERCENT.findall(text))
    try:
        return {name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name}
    except ValueError:
        return set()


def faults(locale: str) -> Iterator[str]:
    """Tell what is wrong with a catalogue: untranslated, same as English, other placeholders, wrong number of plural forms."""
    catalogue = read(locale)
    same = set((CATALOGUES / SAME_FILE).read_text(encoding="utf-8").splitlines())
    for wanted in found():
        if not wanted.id:
            continue
        name = wanted.id if isinstance(wanted.id, str) else wanted.id[0]
        message = catalogue.get(wanted.id)
        told = forms(message) if message else ()
        if not told or not all(told):
            yield f"{locale}: not translated: {name!r}"
            continue
        if wanted.pluralizable and len(told) != catalogue.num_plurals:
            yield f"{locale}: {len(told)} of {catalogue.num_plurals} plural forms: {name!r}"
        yield from _differences(locale, wanted, told, same)


def _differences(locale: str, wanted: Message, told: tuple[str, ...], same: set[str]) -> Iterator[str]:
    name = wanted.id if isinstance(wanted.id, str) else wanted.id[0]
    sources = (wanted.id,) if isinstance(wanted.id, str) else tuple(wanted.id)
    allowed = set.union(*(placeholders(source) for source in sources))
    for text in told:
        if text in sources and name not in same:
            yield f"{locale}: same as English: {name!r}"
        lacking = allowed - placeholders(text) - ({"n"} if wanted.pluralizable else set())
        if lacking or placeholders(text) - allowed:
            yield f"{locale}: places differ in {text!r} for {name!r}"


def fill(locale: str, file: Path) -> int:
    """Take translations from a JSON object {msgid: text or list of forms} and tell how many found their message."""
    catalogue = read(locale)
    taken = 0
    for key, told in json.loads(file.read_text(encoding="utf-8")).items():
        message = catalogue.get(key)
        if message is not None:
            message.string = tuple(told) if isinstance(told, list) else told
            taken += 1
    write(catalogue)
    return taken


def missing(locale: str) -> dict[str, str]:
    """Give what is not translated yet, as {msgid: plural msgid or ""}, in the order of the catalogue."""
    return {
        (message.id if isinstance(message.id, str) else message.id[0]): ("" if isinstance(message.id, str) else message.id[1])
        for message in read(locale)
        if message.id and (not forms(message) or not all(forms(message)))
    }


def main(arguments: list[str]) -> int:
    """Run one command of `scripts/messages` and give its exit status."""
    from pathlib import Path  # noqa: PLC0415 - only to read an argument

    write_line = sys.stdout.write
    match arguments:
        case ["update"]:
            update()
            for locale in LOCALES:
                write_line(f"{locale}: {len(read(locale))} messages\n")
        case ["check"]:
            wrong = [fault for locale in LOCALES if locale != DEFAULT_LOCALE for fault in faults(locale)]
            write_line("".join(f"{fault}\n" for fault in wrong))
            return 1 if wrong else 0
        case ["missing", locale]:
            write_line(json.dumps(missing(locale), ensure_ascii=False, indent=0) + "\n")
        case ["fill", locale, name]:
            write_line(f"{fill(locale, Path(name))} taken\n")
        case _:
            write_line(f"{HELP}\n")
            return 2
    return 0
