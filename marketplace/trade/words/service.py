"""Owns the use cases of the words of search: keep rules, try a query beside them, and read what the catalogue taught."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import UUID

import msgspec

from marketplace.catalogue.products import service as products
from marketplace.kernel import cursors
from marketplace.kernel.audit import service as audit
from marketplace.kernel.csv_file import FAULTS_MAX
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.errors import FieldError, NotAllowed, NotFound, VersionConflict
from marketplace.kernel.i18n import lazy
from marketplace.kernel.ids import uuid7
from marketplace.trade.search import service as search
from marketplace.trade.words import queries, rules
from marketplace.trade.words.errors import BadWords, BadWordsFile, WordsStand
from marketplace.trade.words.schemas import Head, Hit, Meaning, Reading, Trial, WordsFileOut, WordsFilter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from marketplace.kernel.actor import Actor
    from marketplace.kernel.cursors import Asked
    from marketplace.trade.search.schemas import Ranked
    from marketplace.trade.words.rules import Side
    from marketplace.trade.words.schemas import SwitchIn, TrialIn, WordsIn, WordsOut

typed, KINDS, LANGUAGES = rules.typed, rules.KINDS, rules.LANGUAGES
FIRST_HITS: Final = 10
HEADS_MAX: Final = 30
FILE_MAX: Final = 20_000
IN_LINE: Final = lazy("Line {line}: this rule cannot be used; “{words}” says nothing, too much, or the same twice.")


async def page(which: WordsFilter, *, asked: Asked, actor: Actor) -> tuple[list[WordsOut], str | None, int]:
    """List rules by their words: a page of those that fit, the cursor of the next, and how many fit in all. Raises: NotAllowed, BadCursor."""
    _only_operator(actor)
    fits = _fits(which)
    async with reading(actor=actor):
        total = await queries.count(fits)
        items, following = await cursors.listed(
            f"search words:{':'.join(fits)}",
            lambda after, limit: queries.listed(fits, after=after, limit=limit),
            place=lambda one: (one.words.lower(), one.id),
            shape=tuple[str, UUID],
            asked=asked,
        )
    return items, following, total


def _fits(which: WordsFilter) -> tuple[str, str, str, str]:
    text = " ".join(which.text.replace("\x00", "").split())[:80]
    state = which.state if which.state in {"on", "off"} else ""
    return text, which.kind if which.kind in KINDS else "", which.locale if which.locale in {"all", *LANGUAGES} else "", state


async def add(sent: WordsIn, *, actor: Actor, now: datetime) -> list[WordsOut]:
    """Keep a rule from now on; a group of both ways is kept as one rule for each pair.

    Raises: NotAllowed; BadWords, naming what cannot be used; WordsStand when all of it is there already, on or off, either way round.
    """
    _only_operator(actor)
    pairs = rules.pairs(sent, await _sides(sent))
    async with transaction(actor=actor):
        await queries.lock()
        made = await _written(sent, pairs, actor=actor, now=now)
        if not made:
            raise WordsStand(errors=(FieldError("/words", "words-stand", WordsStand.message),))
    return made


async def _sides(sent: WordsIn) -> list[Side]:
    return [
        rules.Side(pointer, words, await search.compared(words.replace("\x00", "")))
        for pointer, words in (("/words", sent.words), *(("/means", one) for one in sent.means))
    ]


async def _written(sent: WordsIn, pairs: Sequence[tuple[Side, Side]], *, actor: Actor, now: datetime) -> list[WordsOut]:
    made = []
    both = sent.is_both_ways and sent.kind in rules.MEANT
    for first, second in pairs:
        if await queries.stands(sent.kind, first.lexemes, second.lexemes, sent.locale, is_both_ways=both):
            continue
        values = (first.words, second.words, first.lexemes, second.lexemes, sent.locale, both, sent.note, actor.name or actor.principal, now)
        one = await queries.insert(uuid7(), sent.kind, *values)
        made.append(one)
        await _record("search_words.added", one, actor=actor, now=now)
    return made


async def switch(rule_id: UUID, *, sent: SwitchIn, actor: Actor, now: datetime) -> WordsOut:
    """Let a rule hold or not from now on. Raises: NotAllowed, NotFound, VersionConflict."""
    _only_operator(actor)
    async with transaction(actor=actor):
        found = await queries.rule(rule_id)
        if found is None:
            raise NotFound
        if found.version != sent.version:
            raise VersionConflict
        if found.is_active == sent.is_active:
            return found
        changed = await queries.switch(rule_id, sent.is_active, actor.name or actor.principal, now)
        await _record("search_words.switched", changed, actor=actor, now=now)
        return changed


async def heads(text: str, *, actor: Actor) -> list[Head]:
    """Give the words that say of most products what they are, with the rule that switches one off. Raises: NotAllowed."""
    _only_operator(actor)
    async with reading(actor=actor):
        ruled = dict(await queries.typeless())
        found = await queries.heads(text, limit=HEADS_MAX)
    return [Head(word=word, products=count, rule=ruled.get(lexeme)) for lexeme, word, count in found]


async def trial(sent: TrialIn, *, actor: Actor) -> Trial:
    """Read a query under the rules in force, and under these with one more that is not stored, each with the first ten products.

    Raises: NotAllowed, BadQuery, BadWords, QueryTooBroad.
    """
    _only_operator(actor)
    search.check_text(sent.query)
    kept = await search.kept_rules(sent.locale)
    before, ranked = await _read(sent, kept, {})
    if sent.rule is None:
        return Trial(before=before, after=None)
    tried = kept if sent.rule.locale not in {"", sent.locale, sent.locale.partition("-")[0]} else _with(kept, sent.rule, await _sides(sent.rule))
    after, _ = await _read(sent, tried, {one: place for place, one in enumerate(ranked.ids[:FIRST_HITS], 1)})
    return Trial(before=before, after=after)


def _with(kept: search.Kept, rule: WordsIn, sides: Sequence[Side]) -> search.Kept:
    pairs = rules.pairs(rule, sides)
    if rule.kind == "whole":
        return msgspec.structs.replace(kept, whole=kept.whole | set(sides[0].lexemes))
    if rule.kind == "type":
        return msgspec.structs.replace(kept, typeless=kept.typeless | set(sides[0].lexemes))
    more = tuple(search.Synonym(first.lexemes, second.lexemes, rule.is_both_ways) for first, second in pairs)
    return msgspec.structs.replace(kept, synonyms=(*kept.synonyms, *more))


async def _read(sent: TrialIn, kept: search.Kept, before: dict[UUID, int]) -> tuple[Reading, Ranked]:
    groups, read_as = await search.read(sent.query, kept)
    found = await search.ranked(sent.query, locale=sent.locale, kept=kept)
    shown = await products.products_by_ids(found.ids[:FIRST_HITS], locale=sent.locale)
    first = [Hit(id=one.id, title=one.title, brand=one.brand, before=before.get(one.id)) for one in shown]
    return Reading(words=[_meaning(one) for one in groups], read_as=read_as, total=len(found.ids), first=first), found


def _meaning(group: search.Group) -> Meaning:
    return Meaning(ways=[" ".join(words) for words in group.alternatives], products=group.documents)


async def take_file(text: str, *, actor: Actor, now: datetime) -> WordsFileOut:
    """Take rules from CSV text, all or nothing; what stands already is left as it is. Raises: NotAllowed; BadWordsFile with each fault and its line."""
    _only_operator(actor)
    read, errors = [], list[FieldError]()
    for line, rule in rules.read_csv(text):
        try:
            read.append((rule, rules.pairs(rule, await _sides(rule))))
        except BadWords:
            errors.append(FieldError(f"/text/{line}", "bad-line", IN_LINE, {"line": line, "words": rule.words}))
    if errors:
        raise BadWordsFile(errors=tuple(errors[:FAULTS_MAX]))
    added = unchanged = 0
    async with transaction(actor=actor):
        await queries.lock()
        for rule, pairs in read:
            made = await _written(rule, pairs, actor=actor, now=now)
            added, unchanged = added + len(made), unchanged + len(pairs) - len(made)
    return WordsFileOut(added=added, unchanged=unchanged)


async def as_csv(*, actor: Actor) -> str:
    """Write every rule as the CSV that can be taken back in. Raises: NotAllowed."""
    _only_operator(actor)
    async with reading(actor=actor):
        return rules.as_csv(await queries.listed(("", "", "", ""), after=None, limit=FILE_MAX))


async def _record(action: str, rule: WordsOut, *, actor: Actor, now: datetime) -> None:
    after = msgspec.to_builtins(rule)
    await audit.record(action=action, entity="search_words", entity_id=rule.id, organisation_id=None, actor=actor, now=now, after=after)


def _only_operator(actor: Actor) -> None:
    if not actor.is_operator:
        raise NotAllowed
