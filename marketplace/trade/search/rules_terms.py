"""Owns the pure rules of a query's words: which alternatives stand for each, how telling each is, and which documents are worth looking at."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

GROUPS_MAX = 10
ALTERNATIVES_MAX = 4
SPLIT_MIN = 3
PHRASE_MAX = 4
SHORT = 5


# What one word of a query asks for: ways of saying it, each of lexemes that must all be there.
Place = tuple[tuple[str, ...], ...]


class Synonym(msgspec.Struct, frozen=True):
    """Two ways of saying a thing, as lexemes; the first also means the second, and the other way round where both ways hold."""

    words: tuple[str, ...]
    means: tuple[str, ...]
    is_both_ways: bool = True


class Kept(msgspec.Struct, frozen=True):
    """The rules of words that the operator keeps, as they hold for one language.

    `synonyms` are ways of saying, compound words with their parts among them; the lexemes in `whole` are never taken apart nor joined with neighbours;
    those in `typeless` say of no product what it is.
    """

    synonyms: tuple[Synonym, ...] = ()
    whole: frozenset[str] = frozenset()
    typeless: frozenset[str] = frozenset()


class Group(msgspec.Struct, frozen=True):
    """One word of a query with what stands for it: alternatives of one or more lexemes that must all be there, and how telling it is.

    `documents` is the number of documents that have one of them, at most.
    """

    alternatives: tuple[tuple[str, ...], ...]
    telling: float
    documents: int

    @property
    def query(self) -> str:
        """Write the group as a tsquery."""
        return " | ".join("(" + " & ".join(quoted(word) for word in words) + ")" for words in self.alternatives)


def quoted(word: str) -> str:
    """Write a lexeme as a tsquery has it."""
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def idf(documents: int, total: int) -> float:
    """Say how telling a word is that comes in so many of all documents: ln(1 + (N - n + 0.5) / (n + 0.5)) (Robertson and Zaragoza 2009, 3.1)."""
    return math.log(1 + (max(total, documents) - documents + 0.5) / (documents + 0.5))


def meanings(synonyms: Sequence[Synonym]) -> dict[tuple[str, ...], list[tuple[str, ...]]]:
    """Give what each way of saying also means, in the order of the synonyms."""
    found: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for one in synonyms:
        found.setdefault(one.words, []).append(one.means)
        if one.is_both_ways:
            found.setdefault(one.means, []).append(one.words)
    return found


def places(tokens: Sequence[tuple[str, Sequence[str]]]) -> list[Place]:
    """Give what the words of a text ask for, from each word as typed with its lexemes.

    "wi-fi" asks for itself or both its parts, "tn-2110" for all of its parts, because a number is one thing; other words of several parts ask for each.
    """
    found: list[Place] = []
    for typed, lexemes in tokens:
        whole, parts = lexemes[:1], lexemes[1:]
        if parts and "-" in whole[0]:
            found.append((tuple(whole), tuple(parts)))
        elif any(letter.isdigit() for letter in typed):
            found += [(tuple(lexemes),)] if lexemes else []
        else:
            found += [((lexeme,),) for lexeme in lexemes]
    return found


def compared(tokens: Sequence[tuple[str, Sequence[str]]]) -> tuple[str, ...]:
    """Give a way of saying as the words of queries are compared with it."""
    return _phrase(places(tokens))


def _phrase(found: Sequence[Place]) -> tuple[str, ...]:
    return tuple(word for place in found for word in place[-1])


def wanted(found: Sequence[Place], means: Mapping[tuple[str, ...], Sequence[tuple[str, ...]]]) -> list[str]:
    """List every lexeme that may stand for a word of the query, so that all are counted at once: its own, synonyms, joined and split ones."""
    words: dict[str, None] = dict.fromkeys(word for place in found for own in place for word in own)
    for size in range(1, PHRASE_MAX + 1):
        for at in range(len(found) - size + 1):
            for phrase in means.get(_phrase(found[at : at + size]), ()):
                words.update(dict.fromkeys(phrase))
    for pair in pairwise(found):
        words[_written_as_one(_phrase(pair))] = None
    for place in found:
        words[_written_as_one(place[-1])] = None
        for lexeme in place[0]:
            for at in range(SPLIT_MIN, len(lexeme) - SPLIT_MIN + 1):
                words.update({lexeme[:at]: None, lexeme[at:]: None})
    return list(words)


def groups(
    found: Sequence[Place],
    counts: Mapping[str, int],
    total: int,
    means: Mapping[tuple[str, ...], Sequence[tuple[str, ...]]],
    whole: frozenset[str] = frozenset(),
) -> tuple[Group, ...]:
    """Put the words of a query together with what stands for each, at most ten groups of at most four alternatives.

    A way of saying of several words ("usb stick") stands as one group, because its words together mean something. A word that comes nowhere is split
    where both halves are words ("smartwatch" is "smart", "watch"); neighbours whose join is a word are found by it too. Words that are `whole` are left so.
    """
    made: list[Group] = []
    at = 0
    while at < len(found) and len(made) < GROUPS_MAX:
        size = next((size for size in range(min(PHRASE_MAX, len(found) - at), 1, -1) if _phrase(found[at : at + size]) in means), 1)
        own = found[at] if size == 1 else (_phrase(found[at : at + size]),)
        others = [phrase for phrase in means.get(own[-1], ()) if all(word in counts for word in phrase)]
        if size == 1 and whole.isdisjoint(own[-1]):
            others += _joined(found, at, counts, whole)
            if own == ((own[0][0],),) and own[0][0] not in counts:
                others += _split(own[0][0], counts)
        made.append(_group([*own, *others], counts, total))
        at += size
    return tuple(made)


def _joined(found: Sequence[Place], at: int, counts: Mapping[str, int], whole: frozenset[str]) -> list[tuple[str, ...]]:
    """Give the words that a word makes with its neighbours, and its own parts written as one, where they are words.

    The parts of a number ("ce-410a") are written as one whatever was counted: a number that comes once is not counted.
    """
    near = (found[at : at + 1], found[at - 1 : at + 1] if at else (), found[at : at + 2])
    joins = [_written_as_one(_phrase(one)) for one in near if len(_phrase(one)) > 1 and whole.isdisjoint(_phrase(one))]
    own = _written_as_one(_phrase(near[0]))
    return [(joined,) for joined in joins if joined in counts or (joined == own and any(letter.isdigit() for letter in joined))]


def _written_as_one(words: Sequence[str]) -> str:
    return "".join(words).replace("-", "")


def nearest(typed: str, words: Mapping[str, int]) -> str | None:
    """Choose the word with the fewest mistakes from one that was typed, among equals that of the most documents; None where all have too many.

    A mistake is a letter too many, too few, another one, or two that changed places (Damerau 1964, as optimal string alignment); a word of up to five
    letters may hold one, a longer one two.
    """
    most = 1 if len(typed) <= SHORT else 2
    found = [(mistakes, -documents, word) for word, documents in words.items() if 0 < (mistakes := _mistakes(typed, word)) <= most]
    return min(found)[2] if found else None


def _mistakes(one: str, other: str) -> int:
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        earlier, before, row = before, row, [at]
        for place, another in enumerate(other, 1):
            least = min(before[place] + 1, row[place - 1] + 1, before[place - 1] + (letter != another))
            if at > 1 and place > 1 and letter == other[place - 2] and one[at - 2] == another:
                least = min(least, earlier[place - 2] + 1)
            row.append(least)
    return row[-1]


def _split(word: str, counts: Mapping[str, int]) -> list[tuple[str, ...]]:
    places = [at for at in range(SPLIT_MIN, len(word) - SPLIT_MIN + 1) if word[:at] in counts and word[at:] in counts]
    best = max(places, key=lambda at: min(counts[word[:at]], counts[word[at:]]), default=0)
    return [(word[:best], word[best:])] if best else []


def _group(alternatives: list[tuple[str, ...]], counts: Mapping[str, int], total: int) -> Group:
    kept = list(dict.fromkeys(alternatives))[:ALTERNATIVES_MAX]
    sizes = [min((counts.get(word, 0) for word in words), default=0) for words in kept]
    # How telling its own words are; where they come nowhere, how telling what stands for them is.
    documents = sizes[0] or max(sizes)
    return Group(tuple(kept), idf(documents, total), sum(sizes))


def candidates(found: Sequence[Group], *, limit: int) -> tuple[str, str]:
    """Write as two tsqueries which documents to look at: those with every word, and those with one of the words that are rare enough.

    The most telling words are taken first, until they come in `limit` documents together; the second is "" when even the first comes in more.
    """
    every = " & ".join(f"({one.query})" for one in found)
    some: list[str] = []
    room = limit
    for one in sorted(found, key=lambda one: -one.telling):
        room -= one.documents
        if room < 0:
            break
        # A word nobody has counted yet may have come since.
        some.append(one.query)
    return every, " | ".join(some)
