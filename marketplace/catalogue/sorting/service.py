"""Owns the use cases of sorting: publish rules, preview them, sort products by them, and tell why a product stands where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from marketplace.catalogue.products import service as products
from marketplace.catalogue.sorting import queries, rules
from marketplace.catalogue.sorting import rules_words as words
from marketplace.catalogue.sorting.schemas import Overlap, Preview, RuleOut, Sorted, Verdict, Why
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.kernel.actor import WORKER
from marketplace.kernel.audit import service as audit
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.errors import FieldError, InvalidInput, NotAllowed, NotFound, VersionConflict
from marketplace.kernel.i18n import lazy
from marketplace.kernel.ids import uuid7

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from marketplace.catalogue.sorting.rules import Book
    from marketplace.catalogue.sorting.schemas import Decider, Look, Rule, RuleChange, RuleIn, Run
    from marketplace.kernel.actor import Actor

FIRST = UUID(int=0)
BATCH = 1000
# A rule's products are moved at once up to this many; a run of the worker moves more.
AT_ONCE_MAX = 5000
LOOKED_AT_MAX = 200_000
SAMPLES, OVERLAPS_MAX, RUNS_SHOWN = 5, 200, 10
UNKNOWN_CATEGORY = lazy("There is no such category.")
NO_WORDS = lazy("Give the words by which the rule knows its products.")
NO_KEY = lazy("Name the attribute.")


async def book() -> Book:
    """Give the rules in force, laid out for sorting."""
    async with reading():
        return rules.Book(await queries.rules())


async def sort_products(ids: Sequence[UUID], *, now: datetime, known: Book | None = None) -> Sorted:
    """Put these products where the rules in force say, if neither an operator nor their source has said it; at most some thousand ids.

    Publishes ProductsChanged for those that changed their category. A second time changes nothing. Products stay locked until the transaction ends.
    """
    async with transaction():
        locked = await queries.lock_products(ids)
        # The rules are read under the locks: a rule made meanwhile is either seen here, or its maker waits for these products.
        found = known or rules.Book(await queries.rules())
        looks = await queries.looks(locked, found.keys)
        verdicts = [(look, verdict) for look in looks if (verdict := rules.decide(look, found)) is not None and not rules.is_written(look, verdict)]
        changed = await products.set_categories(
            [(look.id, verdict.category_id) for look, verdict in verdicts if verdict.category_id != look.category_id], now=now
        )
        await queries.write([(look.id, verdict) for look, verdict in verdicts], now=now)
    return Sorted(len(locked), len(changed))


async def locked_looks(ids: Sequence[UUID]) -> list[Look]:
    """Lock products in the order of their ids, within the caller's transaction, and give what rules see of them; retired ones are left out."""
    async with transaction():
        locked = await queries.lock_products(ids)
        return await queries.looks(locked, ())


async def place(verdicts: Sequence[tuple[Look, Verdict]], *, now: datetime) -> None:
    """Put locked products where a person says; those of which the verdict says nobody decides, and no category, go where the rules say."""
    async with transaction():
        await products.set_categories(
            [(look.id, verdict.category_id) for look, verdict in verdicts if verdict.category_id != look.category_id], now=now
        )
        await queries.write([(look.id, verdict) for look, verdict in verdicts], now=now)
        free = [look.id for look, verdict in verdicts if verdict == Verdict(None)]
        if free:
            await sort_products(free, now=now)


async def begin_run(reason: str, *, now: datetime, actor: Actor = WORKER) -> None:
    """Let the worker walk through all products anew, in batches; a walk that is under way begins anew. Raises: NotAllowed."""
    if actor is not WORKER:
        _only_operator(actor)
    async with transaction(actor=actor):
        run_id = uuid7()
        await queries.begin_run(run_id, reason=reason, first=FIRST, now=now)
        await audit.record(action="sorting.run", entity="sorting_run", entity_id=run_id, organisation_id=None, actor=actor, now=now, reason=reason)


async def advance_run(now: datetime) -> Run | None:
    """Sort the next batch of the run that is under way and write how far it is, in one transaction; None when there is none, or others do it."""
    async with transaction(actor=WORKER):
        run = await queries.lock_run()
        if run is None:
            return None
        ids = await products.ids_after(run.position, limit=BATCH)
        done = await sort_products(ids, now=now) if ids else Sorted(0, 0)
        is_over = len(ids) < BATCH
        run = msgspec.structs.replace(
            run,
            state="finished" if is_over else "running",
            position=ids[-1] if ids else run.position,
            done=run.done + len(ids),
            changed=run.changed + done.changed,
            finished_at=now if is_over else None,
        )
        await queries.advance(run)
    return run


async def finish_run(now: datetime, *, progress: Callable[[int, int], None] | None = None) -> int:
    """Walk on with the run that is under way, from where it is to its end; gives how many products changed. `progress` hears (done, total)."""
    changed = 0
    while (run := await advance_run(now)) is not None:
        changed = run.changed
        if progress is not None:
            progress(run.done, run.total)
        if run.state != "running":
            break
    return changed


async def runs(*, actor: Actor) -> list[Run]:
    """List the latest runs, the newest first. Raises: NotAllowed."""
    _only_operator(actor)
    async with reading(actor=actor):
        return await queries.latest_runs(limit=RUNS_SHOWN)


def checked(sent: RuleIn) -> RuleIn:
    """Give a rule with its words folded as products have them. Raises: InvalidInput."""
    phrase, key = rules.folded(sent.phrase), sent.key.strip()
    if sent.kind == "attribute" and not key:
        raise InvalidInput(errors=(FieldError("/key", "blank", NO_KEY),))
    if sent.kind != "attribute" and not phrase:
        raise InvalidInput(errors=(FieldError("/phrase", "blank", NO_WORDS),))
    return msgspec.structs.replace(sent, phrase=phrase, key=key if sent.kind == "attribute" else "")


async def preview(sent: RuleIn, *, actor: Actor) -> Preview:
    """Tell what a rule would do, exactly up to 200,000 products that may meet it, and change nothing. Raises: NotAllowed, InvalidInput."""
    _only_operator(actor)
    sent = checked(sent)
    async with reading(actor=actor):
        if not await queries.is_category(sent.category_id):
            raise InvalidInput(errors=(FieldError("/category_id", "unknown-category", UNKNOWN_CATEGORY),))
        return await _previewed(sent, await queries.rules())


async def _previewed(sent: RuleIn, published: Sequence[Rule]) -> Preview:
    tried = words.as_rule(sent, rule_id=UUID(int=(1 << 128) - 1))
    found = rules.Book([*(one for one in published if not words.is_same(one, sent)), tried])
    counts = dict.fromkeys(("met", "goes", "elsewhere", "kept", "taken"), 0)
    going: list[UUID] = []
    moving: list[UUID] = []
    last, looked = FIRST, 0
    while (ids := await queries.candidates(sent, after=last, limit=BATCH)) and looked < LOOKED_AT_MAX:
        last, looked = ids[-1], looked + len(ids)
        for look in await queries.looks(ids, found.keys):
            what = _outcome(look, found, tried)
            if not what:
                continue
            counts["met"] += 1
            counts[what] += 1
            if what == "goes":
                is_elsewhere = look.category_id is not None and look.category_id != sent.category_id
                counts["elsewhere"] += is_elsewhere
                (moving if is_elsewhere else going).append(look.id)
    titles = await queries.titles([*going[:SAMPLES], *moving[:SAMPLES]])
    return Preview(**counts, samples=[titles[one] for one in going[:SAMPLES]], moving=[titles[one] for one in moving[:SAMPLES]])


def _outcome(look: Look, found: Book, tried: Rule) -> str:
    met = found.met(look)
    if all(one.rule.id != tried.id for one in met):
        return ""
    verdict = rules.decide(look, found)
    if verdict is None or verdict.decided_by != "rule":
        return "kept"
    return "goes" if verdict.rule_id == tried.id else "taken"


async def publish_rule(sent: RuleIn, *, actor: Actor, now: datetime, learned_from: int = 0) -> Rule:
    """Publish a rule and sort its products: up to 5,000 at once, more by a run of the worker. Raises: NotAllowed, InvalidInput, RuleExists."""
    _only_operator(actor)
    sent = checked(sent)
    async with transaction(actor=actor):
        told = await preview(sent, actor=actor)
        rule_id = await queries.insert_rule(uuid7(), sent, found=told.goes, learned_from=learned_from, is_active=True, by=(actor.principal, now))
        made = await _locked(rule_id)
        await _record("sorting_rule.published", made, actor=actor, now=now)
        await _sort_touched(made, now=now)
    return made


async def dismiss_rule(sent: RuleIn, *, actor: Actor, now: datetime, learned_from: int) -> Rule:
    """Keep a proposed rule as one that is switched off, so that it is not proposed again. Raises: NotAllowed, InvalidInput, RuleExists."""
    _only_operator(actor)
    sent = checked(sent)
    async with transaction(actor=actor):
        told = await preview(sent, actor=actor)
        rule_id = await queries.insert_rule(uuid7(), sent, found=told.goes, learned_from=learned_from, is_active=False, by=(actor.principal, now))
        made = await _locked(rule_id)
        await _record("sorting_rule.dismissed", made, actor=actor, now=now)
    return made


async def change_rule(rule_id: UUID, *, sent: RuleChange, actor: Actor, now: datetime) -> Rule:
    """Switch a rule on or off, or give it another priority; its products go where the rules now say. Raises: NotAllowed, NotFound, VersionConflict."""
    _only_operator(actor)
    async with transaction(actor=actor):
        before = await _locked(rule_id)
        if before.version != sent.version:
            raise VersionConflict
        after = msgspec.structs.replace(
            before,
            is_active=before.is_active if sent.is_active is None else sent.is_active,
            priority=before.priority if sent.priority is None else sent.priority,
        )
        if after == before:
            return before
        await queries.change_rule(after)
        after = msgspec.structs.replace(after, version=before.version + 1)
        await _record("sorting_rule.changed", after, actor=actor, now=now, before=before)
        await _sort_touched(after, now=now)
    return after


async def _sort_touched(rule: Rule, *, now: datetime) -> None:
    """Sort the products that a rule meets or that stand by it; where they are many, let a run of the worker do it."""
    touched: set[UUID] = set()
    last, standing = FIRST, FIRST
    while (ids := await queries.candidates(rule, after=last, limit=BATCH)) and len(touched) <= AT_ONCE_MAX:
        last = ids[-1]
        touched.update(ids)
    while (ids := await queries.standing_by(rule.id, after=standing, limit=BATCH)) and len(touched) <= AT_ONCE_MAX:
        standing = ids[-1]
        touched.update(ids)
    if len(touched) > AT_ONCE_MAX:
        await begin_run(f"{rule.kind}: {rule.key} {rule.phrase}", now=now)
        return
    ordered = sorted(touched)
    for start in range(0, len(ordered), BATCH):
        await sort_products(ordered[start : start + BATCH], now=now)


async def _locked(rule_id: UUID) -> Rule:
    found = await queries.lock_rule(rule_id)
    if found is None:
        raise NotFound
    return found


async def all_rules(*, actor: Actor, locale: str) -> tuple[list[RuleOut], list[Overlap]]:
    """List the rules in the order in which they are asked, those that are off behind, and where two of different categories meet. Raises: NotAllowed."""
    _only_operator(actor)
    names = {one.id: one.name(locale) for one in await taxonomy.tree()}
    async with reading(actor=actor):
        found, counts = await queries.rules(), await queries.counts()
        overlaps = [Overlap(*row) for row in await queries.overlaps(limit=OVERLAPS_MAX)]
    place = rules.places(found)
    passed: dict[UUID, int] = {}
    for one in overlaps:
        passed[one.second_id] = passed.get(one.second_id, 0) + one.products
    listed = [
        RuleOut(
            rule=rule,
            place=place.get(rule.id, 0),
            category=names.get(rule.category_id, ""),
            words=words.of_rule(rule),
            stands=counts.get(rule.id, 0),
            passed_over=passed.get(rule.id, 0),
        )
        for rule in sorted(found, key=rules.order)
    ]
    return sorted(listed, key=lambda one: (not one.rule.is_active, one.place)), overlaps


async def why(product_id: UUID, *, actor: Actor, locale: str) -> Why:
    """Tell why a product stands where it stands, and where the rules would put it. Raises: NotAllowed, NotFound."""
    _only_operator(actor)
    names = {one.id: one.name(locale) for one in await taxonomy.tree()}
    async with reading(actor=actor):
        published = {one.id: one for one in await queries.rules()}
        found = rules.Book(published.values())
        looks = await queries.looks([product_id], found.keys)
        if not looks:
            raise NotFound
        stands = await queries.stands(looks[0].rule_id) if looks[0].rule_id else 0
        look, at, titles = looks[0], await queries.placed_at(product_id), await queries.titles([product_id])
    met = found.met(look)
    rule = published.get(look.rule_id) if look.rule_id else None
    is_placed = bool(look.decided_by) and look.decided_category == look.category_id
    return Why(
        product_id=product_id,
        title=titles[product_id],
        category_id=look.category_id,
        category=names.get(look.category_id) if look.category_id else None,
        decided_by=_decider(look, is_placed=is_placed),
        rule=rule if is_placed else None,
        words=words.of_place(look, rule, stands=stands, is_placed=is_placed),
        at=at if is_placed else None,
        type=look.type,
        passed_over=[f"{words.of_rule(one.rule)} → {names.get(one.rule.category_id, '')}" for one in met if one.rule.id != look.rule_id],
        would_be=names.get(met[0].rule.category_id) if met else None,
    )


def _decider(look: Look, *, is_placed: bool) -> Decider:
    if is_placed:
        return "operator" if look.decided_by == "operator" else "rule"
    return "source" if look.category_id else "nobody"


async def is_used() -> bool:
    """Tell whether anything was ever sorted or published here: where not, there is nothing to do for new products."""
    async with reading():
        return await queries.is_used()


def _only_operator(actor: Actor) -> None:
    if not actor.is_operator and actor is not WORKER:
        raise NotAllowed


async def _record(action: str, rule: Rule, *, actor: Actor, now: datetime, before: Rule | None = None) -> None:
    await audit.record(action=action, entity="sorting_rule", entity_id=rule.id, organisation_id=None, actor=actor, now=now, before=before, after=rule)


async def publish_many(sent: Sequence[RuleIn], *, actor: Actor, now: datetime) -> int:
    """Publish a whole set of rules at once and let a run sort all products by it; rules that are there stay. Gives how many are new. Raises: NotAllowed."""
    _only_operator(actor)
    async with transaction(actor=actor):
        known = {(one.kind, one.key, one.phrase, one.category_id) for one in await queries.rules()}
        new = [one for one in map(checked, sent) if (one.kind, one.key, one.phrase, one.category_id) not in known]
        await queries.insert_rules([(uuid7(), one) for one in new], by=actor.principal, now=now)
        if new:
            await begin_run("rules published", now=now)
    return len(new)


async def published(*, actor: Actor) -> list[Rule]:
    """Give every rule, also those that are switched off. Raises: NotAllowed."""
    _only_operator(actor)
    async with reading(actor=actor):
        return await queries.rules()


async def preview_of(rule_id: UUID, *, actor: Actor) -> Preview:
    """Tell what a published rule does, or would do if it were on. Raises: NotAllowed, NotFound."""
    found = next((one for one in await published(actor=actor) if one.id == rule_id), None)
    if found is None:
        raise NotFound
    return await preview(words.as_sent(found), actor=actor)


async def ask_run(*, actor: Actor, now: datetime) -> Run:
    """Let all products be sorted anew, and give the run that does it. Raises: NotAllowed."""
    async with transaction(actor=actor):
        await begin_run("asked", now=now, actor=actor)
        return (await runs(actor=actor))[0]
