"""Owns the pure rules of rules of words: what may be said in one, its pairs, and its file."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Final, cast, get_args

import msgspec

from marketplace.kernel.csv_file import BAD_VALUE, EMPTY, FAULTS_MAX, CsvFile
from marketplace.kernel.errors import FieldError
from marketplace.kernel.i18n import lazy
from marketplace.kernel.names import unseen
from marketplace.kernel.spreadsheet import csv_lines, safe
from marketplace.trade.words.errors import BadWords, BadWordsFile
from marketplace.trade.words.schemas import LENGTH_MAX, MEANS_MAX, Kind, WordsIn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from marketplace.trade.words.schemas import WordsForm, WordsOut

COLUMNS: Final = ("kind", "words", "means", "locale", "both_ways", "note")
NEEDED: Final = ("words",)
KINDS: Final = cast("tuple[str, ...]", get_args(Kind))
MEANT: Final = frozenset({"synonym", "compound"})
NOTE_MAX: Final = 200
PARTS_MAX: Final = 4
YES: Final = frozenset({"yes", "true", "1"})
NO: Final = frozenset({"no", "false", "0"})
NOTHING_MEANT: Final = lazy("Say what it means.")
MEANS_NOTHING: Final = lazy("A rule of this kind means nothing else; leave this empty.")
ITSELF: Final = lazy("“{words}” is compared as the same words already; a rule would change nothing.")
TWICE: Final = lazy("“{words}” stands there twice.")
NO_WORDS: Final = lazy("Give at least one letter or digit.")
TOO_MANY_PARTS: Final = lazy("Give at most {limit} words.")
ONE_WORD: Final = lazy("Give a single word.")
TOO_LONG: Final = lazy("Give at most {limit} characters.")
TOO_MANY: Final = lazy("Give at most {limit} meanings.")
UNKNOWN_KIND: Final = lazy("Choose a kind.")
UNKNOWN_LANGUAGE: Final = lazy("Choose a language, or all of them.")
LANGUAGES: Final = ("en", "vi", "ar")


class Side(msgspec.Struct, frozen=True):
    """One way of saying in a rule: where it stands, as typed, and as compared."""

    pointer: str
    words: str
    lexemes: tuple[str, ...]


def parted(text: str) -> list[str]:
    """Part what stands between commas, Arabic ones and new lines among them."""
    marked = text.replace("،", ",").replace(";", ",").replace("\n", ",")
    return [one for one in (" ".join(part.split()) for part in marked.split(",")) if one]


def typed(form: WordsForm) -> WordsIn:
    """Read a rule from its form. Raises: BadWords, naming every field that cannot be used."""
    errors = []
    means = parted(form.means)
    if form.kind not in KINDS:
        errors.append(FieldError("/kind", "unknown-kind", UNKNOWN_KIND))
    if form.locale not in {"", *LANGUAGES}:
        errors.append(FieldError("/locale", "unknown-language", UNKNOWN_LANGUAGE))
    words = " ".join(form.words.split())
    if not words:
        errors.append(FieldError("/words", "nothing", NO_WORDS))
    if len(means) > MEANS_MAX:
        errors.append(FieldError("/means", "too-many", TOO_MANY, {"limit": MEANS_MAX}))
    for pointer, text, limit in (("/words", words, LENGTH_MAX), *(("/means", one, LENGTH_MAX) for one in means), ("/note", form.note, NOTE_MAX)):
        if len(text) > limit:
            errors.append(FieldError(pointer, "too-long", TOO_LONG, {"limit": limit}))
    if errors:
        raise BadWords(errors=tuple(errors))
    return WordsIn(
        kind=cast("Kind", form.kind), words=words, means=means, locale=form.locale, is_both_ways=form.is_both_ways, note=" ".join(form.note.split())
    )


def pairs(rule: WordsIn, sides: Sequence[Side]) -> list[tuple[Side, Side]]:
    """Give the pairs that a rule consists of, from its words and their meanings as compared: of a group of both ways each with each.

    Raises: BadWords for words that are none, too many, or the same twice.
    """
    errors = list(_faults(rule, sides))
    if errors:
        raise BadWords(errors=tuple(errors))
    if rule.kind not in MEANT:
        return [(sides[0], Side("/means", "", ()))]
    if rule.kind == "synonym" and rule.is_both_ways:
        return list(combinations(sides, 2))
    return [(sides[0], one) for one in sides[1:]]


def _faults(rule: WordsIn, sides: Sequence[Side]) -> list[FieldError]:
    errors = [unseen(one.pointer) for one in (*sides, Side("/note", rule.note, ())) if not one.words.isprintable()]
    if rule.locale not in {"", *LANGUAGES}:
        errors.append(FieldError("/locale", "unknown-language", UNKNOWN_LANGUAGE))
    for at, one in enumerate(sides):
        if not one.lexemes:
            errors.append(FieldError(one.pointer, "nothing", NO_WORDS))
        elif len(one.lexemes) > PARTS_MAX:
            errors.append(FieldError(one.pointer, "too-many-words", TOO_MANY_PARTS, {"limit": PARTS_MAX}))
        elif at and one.lexemes == sides[0].lexemes:
            errors.append(FieldError(one.pointer, "itself", ITSELF, {"words": one.words}))
        elif at and one.lexemes in {other.lexemes for other in sides[1:at]}:
            errors.append(FieldError(one.pointer, "twice", TWICE, {"words": one.words}))
    if rule.kind in MEANT and len(sides) == 1:
        errors.append(FieldError("/means", "nothing-meant", NOTHING_MEANT))
    if rule.kind not in MEANT and len(sides) > 1:
        errors.append(FieldError("/means", "means-nothing", MEANS_NOTHING))
    if rule.kind != "synonym" and len(sides[0].lexemes) > 1 and rule.kind != "compound":
        errors.append(FieldError("/words", "one-word", ONE_WORD))
    return errors


def as_csv(rules: Sequence[WordsOut]) -> str:
    """Write rules as the CSV that can be taken back in."""
    rows = [[safe(cell) for cell in (one.kind, one.words, one.means, one.locale, "yes" if one.is_both_ways else "no", one.note)] for one in rules]
    return csv_lines([COLUMNS, *rows])


def read_csv(text: str) -> list[tuple[int, WordsIn]]:
    """Read rules from CSV with their lines, all or nothing. Raises: BadWordsFile, naming up to 20 faults and their lines."""
    file = CsvFile(COLUMNS, needed=NEEDED)
    found = []
    for line, cells in file.rows(text):
        both = cells["both_ways"].lower() or "yes"
        kind = cells["kind"].lower() or "synonym"
        means = parted(cells["means"])
        bad = next(
            (
                name
                for name, is_bad in (
                    ("kind", kind not in KINDS),
                    ("words", not cells["words"] or len(cells["words"]) > LENGTH_MAX),
                    ("means", len(means) > MEANS_MAX or any(len(one) > LENGTH_MAX for one in means)),
                    ("locale", cells["locale"] not in {"", *LANGUAGES}),
                    ("both_ways", both not in YES | NO),
                    ("note", len(cells["note"]) > NOTE_MAX),
                )
                if is_bad
            ),
            "",
        )
        if bad:
            file.fault(BAD_VALUE, line, column=bad, text=cells[bad][:LENGTH_MAX])
            continue
        rule = WordsIn(
            kind=cast("Kind", kind), words=cells["words"], means=means, locale=cells["locale"], is_both_ways=both in YES, note=cells["note"]
        )
        found.append((line, rule))
    if not found and not file.errors:
        file.fault(EMPTY, 1)
    if file.errors:
        raise BadWordsFile(errors=tuple(file.errors[:FAULTS_MAX]))
    return found
