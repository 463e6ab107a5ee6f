"""Owns what a name may be made of: which characters and scripts it takes, and the key under which two names look the same (UTS 39)."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from itertools import filterfalse

from marketplace.kernel.errors import DomainError, FieldError, InvalidInput
from marketplace.kernel.i18n import lazy

NAME_CHARACTERS_MAX = 120
NAME_BYTES_MAX = 360
JOINERS = frozenset("\u200c\u200d")
JOINER_SCRIPTS = frozenset(
    {
        "ARABIC",
        "SYRIAC",
        "NKO",
        "MONGOLIAN",
        "DEVANAGARI",
        "BENGALI",
        "GURMUKHI",
        "GUJARATI",
        "ORIYA",
        "TAMIL",
        "TELUGU",
        "KANNADA",
        "MALAYALAM",
        "SINHALA",
    }
)
NEUTRAL_SCRIPTS = frozenset({"COMMON", "INHERITED", "UNKNOWN"})
# UTS 39, "highly restrictive": these scripts are written together with Latin letters by the people who use them.
MIXTURES = (
    frozenset({"LATIN", "HAN", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "HAN", "BOPOMOFO"}),
    frozenset({"LATIN", "HAN", "HANGUL"}),
)
RESERVED = ("admin", "administrator", "operator", "support", "root", "system", "security", "moderator", "marketplace")


UNSEEN = lazy("This holds a character that cannot be seen; type it anew.")


class ConfusableName(DomainError):
    """The name can be mistaken for another"""

    status = 422
    code = "confusable-name"
    message = "The name {name} looks like another name, or mixes scripts; choose one that cannot be mistaken."


def unseen(pointer: str) -> FieldError:
    """Give the fault of a text that holds what cannot be seen."""
    return FieldError(pointer, "invisible-character", UNSEEN)


def clean_line(text: str, *, pointer: str) -> str:
    """Give a text in one line, single blanks between words and none around. Raises: InvalidInput for what cannot be seen."""
    line = " ".join(text.split())
    if not line.isprintable():
        raise InvalidInput(errors=(unseen(pointer),))
    return line


def clean_lines(text: str, *, pointer: str) -> str:
    """Give a text with its lines kept, single blanks between words and none around. Raises: InvalidInput for what cannot be seen."""
    lines = [" ".join(line.split()) for line in text.strip().splitlines()]
    if not all(line.isprintable() for line in lines):
        raise InvalidInput(errors=(unseen(pointer),))
    return "\n".join(lines)


def folded(text: str) -> str:
    """Give a text in small letters without accents, as words are compared; "Đèn LED" is "den led"."""
    if text.isascii():
        # Imports fold millions of words, nearly all of them such.
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.replace("đ", "d").replace("Đ", "D").casefold())
    return "".join(filterfalse(unicodedata.combining, plain))


def clean_name(value: str, *, pointer: str) -> str:
    """Give the name in NFC with single spaces, or refuse it.

    Control and format characters are refused, but for the joiners ZWJ and ZWNJ between letters of scripts that are written with them.
    At least one letter or digit; at most 120 characters and 360 bytes.

    Raises: InvalidInput.
    """
    if len(value) > NAME_CHARACTERS_MAX or len(value.encode()) > NAME_BYTES_MAX:
        raise _refused(pointer, "too-long", lazy("Names take at most {limit} characters."), limit=NAME_CHARACTERS_MAX)
    text = unicodedata.normalize("NFC", value)
    for place, character in enumerate(text):
        if _is_invisible(text, place, character):
            raise _refused(pointer, "invisible-character", lazy("The name holds a character that cannot be seen; type it anew."))
    cleaned = " ".join(text.split())
    if not any(character.isalnum() for character in cleaned):
        raise _refused(pointer, "empty", lazy("Give a name with at least one letter or digit."))
    if max(_marks_in_a_row(cleaned)) > 4:  # noqa: PLR2004 - Vietnamese in NFD stacks two, Hebrew and Arabic three or four
        raise _refused(pointer, "invisible-character", lazy("The name holds too many marks on one letter."))
    return cleaned


def clean_person_name(value: str, *, pointer: str) -> str:
    """Give a cleaned name for a person, who may mix scripts but is not called admin.

    Raises: InvalidInput, ConfusableName.
    """
    cleaned = clean_name(value, pointer=pointer)
    if skeleton(cleaned) in _reserved_skeletons():
        raise _confusable(cleaned, pointer)
    return cleaned


def clean_organisation_name(value: str, *, pointer: str, may_be_reserved: bool = False) -> str:
    """Give a cleaned name for an organisation: of one script (or a usual mixture) and not a reserved word.

    Raises: InvalidInput, ConfusableName.
    """
    cleaned = clean_name(value, pointer=pointer)
    if is_mixed_script(cleaned) or (not may_be_reserved and skeleton(cleaned) in _reserved_skeletons()):
        raise _confusable(cleaned, pointer)
    return cleaned


def scripts(text: str) -> frozenset[str]:
    """Tell the scripts of the letters in a text, by their Unicode names in capitals; neutral characters count for none."""
    from confusable_homoglyphs import categories  # noqa: PLC0415 - its tables take memory that only names need

    return frozenset(categories.alias(character) for character in text) - NEUTRAL_SCRIPTS


def is_mixed_script(text: str) -> bool:
    """Tell whether a text mixes scripts that nobody writes together (UTS 39 §5.1, highly restrictive)."""
    found = scripts(text)
    return len(found) > 1 and not any(found <= mixture for mixture in MIXTURES)


def skeleton(text: str) -> str:
    """Give the key under which confusable names are equal, in small letters (UTS 39 §4, over case-folded NFKC, letters and digits only)."""
    # A nought looks like a capital O, which is a small o in another case: so folding and mapping take turns.
    return _skeleton(_skeleton(unicodedata.normalize("NFKC", text).casefold()).casefold())


def cased_skeleton(text: str) -> str:
    """Give the second key, taken before case-folding, so that a capital I written for a small l is seen."""
    return _skeleton(unicodedata.normalize("NFKC", text)).casefold()


def _skeleton(text: str) -> str:
    prototypes = _prototypes()
    decomposed = unicodedata.normalize("NFD", text)
    mapped = "".join(prototypes.get(character, character) for character in decomposed)
    return "".join(character for character in unicodedata.normalize("NFD", mapped) if character.isalnum() or unicodedata.combining(character))


@lru_cache(maxsize=1)
def _reserved_skeletons() -> frozenset[str]:
    return frozenset(skeleton(word) for word in RESERVED)


@lru_cache(maxsize=1)
def _prototypes() -> dict[str, str]:
    """Build one prototype per class of confusable characters; the library lists the pairs both ways and names no prototype.

    A sequence such as "rn" stands for its class (m), since a sequence is not looked up; else an ASCII letter does, or the smallest code point.
    """
    from confusable_homoglyphs import confusables  # noqa: PLC0415 - its tables take memory that only names need

    parents: dict[str, str] = {}

    def root(item: str) -> str:
        while parents.setdefault(item, item) != item:
            item = parents[item]
        return item

    for source, targets in confusables.confusables_data.items():
        for target in targets:
            left, right = root(source.replace("\u200e", "")), root(target["c"].replace("\u200e", ""))
            if left != right:
                low, high = sorted((left, right), key=_rank)
                parents[high] = low
    single = {item: root(item) for item in list(parents) if len(item) == 1}
    return {item: "".join(single.get(part, part) for part in prototype) for item, prototype in single.items()}


def _rank(item: str) -> tuple[bool, bool, bool, int, str]:
    return len(item) == 1, not (item.isascii() and item.isalpha()), not item.islower(), len(item), item


def _is_invisible(text: str, place: int, character: str) -> bool:
    if unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}:
        return False
    if character not in JOINERS or place == 0 or place == len(text) - 1:
        return True
    return not (scripts(text[place - 1]) & JOINER_SCRIPTS and scripts(text[place + 1]) & JOINER_SCRIPTS)


def _marks_in_a_row(text: str) -> list[int]:
    runs = [0]
    for character in text:
        runs.append(runs[-1] + 1 if unicodedata.combining(character) else 0)
    return runs


def _confusable(name: str, pointer: str) -> ConfusableName:
    return ConfusableName(name=name, errors=(FieldError(pointer, "confusable-name", "Choose a name that cannot be mistaken for another."),))


def _refused(pointer: str, code: str, message: str, **params: int) -> InvalidInput:
    return InvalidInput(errors=(FieldError(pointer, code, message, dict(params)),))
