"""Owns marking what differs between two texts, word by word. Pure."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Final

from marketplace.catalogue.proposals.schemas import Part

# Words with the blanks behind them, so that the parts put together are the text again.
_WORD: Final = re.compile(r"\w+\s*|[^\w\s]\s*|\s+")
WORDS_MAX: Final = 2000


def marked(old: str, new: str) -> tuple[list[Part], list[Part]]:
    """Give both texts in parts, those words marked that the other does not have at this place.

    Blanks do not count as a difference. Texts of more than 2,000 words are marked as a whole: to compare them word by word takes too long.
    """
    before, after = _WORD.findall(old), _WORD.findall(new)
    if max(len(before), len(after)) > WORDS_MAX:
        return [Part(old, old != new)], [Part(new, old != new)]
    same = SequenceMatcher(None, [word.rstrip() for word in before], [word.rstrip() for word in after], autojunk=False)
    left: list[Part] = []
    right: list[Part] = []
    for what, first, last, begin, end in same.get_opcodes():
        _add(left, "".join(before[first:last]), is_changed=what != "equal")
        _add(right, "".join(after[begin:end]), is_changed=what != "equal")
    return left, right


def _add(parts: list[Part], text: str, *, is_changed: bool) -> None:
    """Add a part; the blanks behind what differs are not marked."""
    words = text.rstrip() if is_changed else text
    if words:
        parts.append(Part(words, is_changed))
    if text[len(words) :]:
        parts.append(Part(text[len(words) :], is_changed=False))
