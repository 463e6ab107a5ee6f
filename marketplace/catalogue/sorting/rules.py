"""Owns the pure rules of sorting: which published rule a product meets, which goes before, and what that makes of it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from marketplace.catalogue.sorting.schemas import Met, Verdict
from marketplace.kernel import names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from uuid import UUID

    from marketplace.catalogue.sorting.schemas import How, Look, Rule

KINDS = ("type", "attribute", "brand")
PASSED_OVER_MAX = 5


def folded(text: str) -> str:
    """Give a text as rules compare it: small letters without accents, one blank between words; "Đèn  LED" is "den led"."""
    return " ".join(names.folded(text).split())


def order(rule: Rule) -> tuple[int, int, UUID]:
    """Give the place of a rule: by priority, then types before attributes before brands, then the older one."""
    return rule.priority, KINDS.index(rule.kind), rule.id


def phrases(look: Look) -> Iterator[tuple[str, How]]:
    """Give the phrases of a product's title that can name what it is, the most telling first.

    What follows brand and model says more than the end of the name; a longer phrase says more than a shorter one ("patch cable" more than the learned
    "cable" that it ends with); and of a learned type the last words are the thing ("cable" of "networking cable"), while its first are not.
    """
    head, kind, tail = look.head.split(), look.type.split(), look.name_tail.split()
    is_head = bool(kind) and head[: len(kind)] == kind
    if is_head or not kind:
        for size in range(len(head), len(kind), -1):
            yield " ".join(head[:size]), "begins"
    else:
        end = _last_end(tail, kind)
        # Also what goes on behind the type: a "notebook stand" is no notebook.
        for stop in range(len(tail), end - 1, -1) if end else ():
            for start in range(end - len(kind) + (stop > end)):
                yield " ".join(tail[start:stop]), "ends"
    for start in range(len(kind)):
        yield " ".join(kind[start:]), "begins" if is_head else "ends"
    for start in range(1, len(head)):
        yield " ".join(head[start:]), "ends"
    for end in range(len(tail), 0, -1):
        for start in range(end):
            yield " ".join(tail[start:end]), "ends"


def _last_end(words: list[str], part: list[str]) -> int:
    """Give where the last occurrence of some words ends among others, 0 where they do not stand there."""
    return next((end for end in range(len(words), len(part) - 1, -1) if words[end - len(part) : end] == part), 0)


class Book:
    """The published rules, laid out so that a product finds those that it meets without asking each."""

    def __init__(self, published: Iterable[Rule]) -> None:
        """Lay out rules; those that are switched off are left out."""
        self.rules = sorted((rule for rule in published if rule.is_active), key=order)
        self._types: dict[str, list[Rule]] = defaultdict(list)
        self._brands: dict[str, list[Rule]] = defaultdict(list)
        self._values: dict[str, dict[str, list[Rule]]] = defaultdict(lambda: defaultdict(list))
        for rule in self.rules:
            if rule.kind == "type":
                self._types[rule.phrase].append(rule)
            elif rule.kind == "brand":
                self._brands[rule.phrase].append(rule)
            else:
                self._values[rule.key][rule.phrase].append(rule)

    @property
    def keys(self) -> list[str]:
        """List the attributes that rules name, for reading no others."""
        return sorted(self._values)

    def met(self, look: Look) -> list[Met]:
        """List the rules that a product meets, the one that counts first; of types the most telling phrase goes first among equal priorities."""
        found = [
            (rule.priority, 0, place, rule.id, rule, how) for place, (phrase, how) in enumerate(phrases(look)) for rule in self._types.get(phrase, ())
        ]
        found += [(rule.priority, 1, how == "given", rule.id, rule, how) for rule, how in self._by_value(look)]
        found += [(rule.priority, 2, 0, rule.id, rule, "brand") for rule in self._brands.get(folded(look.brand), ())]
        found.sort(key=lambda one: one[:4])
        once: dict[UUID, Met] = {}
        for *_, rule, how in found:
            once.setdefault(rule.id, Met(rule, how))
        return list(once.values())

    def _by_value(self, look: Look) -> Iterator[tuple[Rule, How]]:
        for key, by_phrase in self._values.items():
            if value := look.values.get(key, ""):
                yield from ((rule, "value") for rule in by_phrase.get(value, ()))
                yield from ((rule, "given") for rule in by_phrase.get("", ()))

    def verdict(self, look: Look) -> Verdict:
        """Say where the rules put a product, with the evidence, and which rules of other categories were passed over."""
        met = self.met(look)
        if not met:
            return Verdict(None)
        first = met[0]
        others = [str(one.rule.id) for one in met[1:] if one.rule.category_id != first.rule.category_id]
        evidence: dict[str, object] = {"how": first.how, "key": first.rule.key, "phrase": first.rule.phrase}
        if others:
            evidence["passed_over"] = others[:PASSED_OVER_MAX]
        return Verdict(first.rule.category_id, "rule", first.rule.id, evidence)


def decide(look: Look, book: Book) -> Verdict | None:
    """Say where a product belongs now; None leaves it as it is and where it is.

    What an operator decided holds, unless a change set that was accepted later says otherwise. A category that came with the product is its
    source's word, which rules do not touch.
    """
    if look.decided_by == "operator":
        if look.is_later and look.category_id is not None:
            return Verdict(look.category_id, "operator", None, {"how": "change set"})
        return Verdict(look.decided_category, "operator", None, look.evidence)
    if look.category_id is not None and look.category_id != look.decided_category:
        return Verdict(look.category_id) if look.decided_by else None
    return book.verdict(look)


def is_written(look: Look, verdict: Verdict) -> bool:
    """Tell whether a verdict stands in the rows already."""
    if verdict.category_id != look.category_id or verdict.decided_by != look.decided_by:
        return False
    return not verdict.decided_by or (verdict.category_id, verdict.rule_id, verdict.evidence) == (look.decided_category, look.rule_id, look.evidence)


def places(rules: Sequence[Rule]) -> dict[UUID, int]:
    """Number the rules that are switched on in the order in which they are asked, from 1."""
    return {rule.id: place for place, rule in enumerate(sorted((one for one in rules if one.is_active), key=order), 1)}
