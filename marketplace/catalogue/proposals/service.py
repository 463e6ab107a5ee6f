"""Owns the use cases of proposals: send, answer, withdraw and decide a change set, and tell the history of a product."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

import msgspec

from marketplace.catalogue.approval import service as approval
from marketplace.catalogue.attributes import service as attributes
from marketplace.catalogue.products import service as products
from marketplace.catalogue.products.errors import ProductMoved, ProductRetired
from marketplace.catalogue.products.schemas import NewProduct
from marketplace.catalogue.proposals import queries, rules, rules_marks, rules_told, rules_values
from marketplace.catalogue.proposals.errors import NotSentBack, ProductExists, ProposalClosed, TooManyProposals
from marketplace.catalogue.proposals.schemas import ManyOut, RowOut, Stored
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.catalogue.units import service as units
from marketplace.kernel.audit import service as audit
from marketplace.kernel.database import reading, savepoint, transaction
from marketplace.kernel.errors import DomainError, InvalidInput, NotAllowed, NotFound, VersionConflict
from marketplace.kernel.ids import uuid7
from marketplace.kernel.names import clean_lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from marketplace.catalogue.approval.schemas import Record, RuleOut
    from marketplace.catalogue.products.schemas import FieldValue
    from marketplace.catalogue.proposals.schemas import Change, DecisionIn, HistoryOut, Like, Listed, MovedOut, ProposalIn, ProposalOut, Wanted
    from marketplace.kernel.actor import Actor

SOURCE, HISTORY_MAX = "proposals", 200
typed, kind_of, marked, place = rules_values.typed, rules_values.kind_of, rules_marks.marked, rules.place


class _Ready(NamedTuple):
    """What is sent, looked through: what the product holds, its fingerprint ("" for a new one) and the values that are wanted."""

    held: dict[str, FieldValue]
    base: str
    values: dict[str, FieldValue]


async def propose(sent: ProposalIn, *, actor: Actor, now: datetime) -> ProposalOut:
    """Send a change set for the acting supplier. Where published rules cover all its fields, an edit holds at once; else it waits for the operator.

    Raises: NotFound, InvalidInput with every fault at its field, ProductMoved where `base` is not what the product is now, ProductRetired,
    ProductExists for a new product that the catalogue has, NotSentBack, TooManyProposals.
    """
    supplier_id = actor.own_organisation("supplier")
    async with transaction(actor=actor):
        await queries.lock_supplier(supplier_id)
        if (await queries.counts(organisation_id=supplier_id, now=now))[0] >= rules.WAITING_MAX:
            raise TooManyProposals(limit=rules.WAITING_MAX)
        if sent.answers_id is not None:
            await _check_answers(sent, supplier_id)
        note = clean_lines(sent.note, pointer="/note")
        ready = await _ready(sent, locale=actor.locale)
        changes = rules.differing(ready.values, ready.held)
        if sent.product_id is None:
            _refuse_known(await _alike(ready.values), is_distinct=sent.is_distinct)
        made = await _stored(sent, ready, changes, supplier_id=supplier_id, now=now)
        if not await queries.insert(made, by=actor.principal):
            raise NotSentBack
        if note:
            await queries.say(uuid7(), about=made, side="supplier", text=note, by=actor.principal, now=now)
        await _record("proposal.sent", made, actor=actor, now=now, reason=note or None)
        await _accept_by_rules(made, actor=actor, now=now)
        return await _out(made.id, organisation_id=supplier_id, now=now)


async def propose_many(sent: Sequence[ProposalIn], *, actor: Actor, now: datetime, locale: str) -> ManyOut:
    """Send many change sets, such as the rows of a file; each that cannot be sent is told with its faults and keeps none of the others back."""
    rows = []
    async with transaction(actor=actor):
        for number, one in enumerate(sent, 1):
            try:
                async with savepoint():
                    made = await propose(one, actor=actor, now=now)
                rows.append(RowOut(row=number, proposal_id=made.id, state=made.state))
            except DomainError as error:
                rows.append(RowOut(row=number, code=error.code, errors=rules_told.refusal(error, locale)))
    done = sum(row.proposal_id is not None for row in rows)
    return ManyOut(rows=rows, sent=done, refused=len(rows) - done)


async def _check_answers(sent: ProposalIn, supplier_id: UUID) -> None:
    assert sent.answers_id is not None, "there is one to answer"
    first = await queries.one(sent.answers_id, organisation_id=supplier_id, is_locked=True)
    if first is None:
        raise NotFound
    # What was merged into another product meanwhile is answered by an edit of that one.
    about = None if first.product_id is None else await products.present_id(first.product_id)
    if first.shown_state != "revision" or sent.product_id not in {first.product_id, about}:
        raise NotSentBack


async def _ready(sent: ProposalIn, *, locale: str) -> _Ready:
    """Look through what is sent. Raises: NotFound, ProductRetired, ProductMoved, InvalidInput."""
    held: dict[str, FieldValue] = {}
    base = ""
    if sent.product_id is not None:
        live = await products.live_product(sent.product_id)
        if live.state == "draft":
            raise NotFound
        if live.state == "retired":
            kept = await products.moved_to(sent.product_id)
            raise ProductRetired(extra={} if kept is None else {"moved_to": kept})
        held = products.fields(live)
        base = products.fingerprint(held)
        if sent.base not in {"", base}:
            raise ProductMoved(extra={"base": base})
    values, errors = rules_values.checked(sent.values, world=await _world(locale), held=held, is_new=sent.product_id is None)
    if errors:
        raise InvalidInput(errors=tuple(errors))
    return _Ready(held, base, values)


async def _world(locale: str) -> rules_values.World:
    tree = await taxonomy.tree()
    keys = {one.id: frozenset(about.key for about in one.attributes) for one in tree}
    faults = await attributes.checker(locale=locale)
    return rules_values.World({one.slug: one for one in tree}, keys, frozenset(await units.units()), products.gtin14, faults)


async def _stored(sent: ProposalIn, ready: _Ready, changes: tuple[Change, ...], *, supplier_id: UUID, now: datetime) -> Stored:
    wanted = {**ready.held, **ready.values}
    category = wanted.get("category")
    title = ready.held.get("title") or wanted.get("title")
    return Stored(
        id=uuid7(), organisation_id=supplier_id, supplier="", product_id=sent.product_id, answers_id=sent.answers_id, answered_by=None,
        category_id=None if category is None else UUID(str(category)), kind="edit" if sent.product_id else "new", state="sent", title=str(title),
        base=ready.base, changes=changes, accepted=None, is_automatic=False, sent_at=now, due_at=rules.due_at(now, await queries.office()),
        decided_at=None, reason="", version=1,
    )  # fmt: skip


async def alike(values: Mapping[str, FieldValue]) -> list[Like]:
    """Give the products that a new one of this GTIN, or of this brand and part number, may be, those of the same GTIN first."""
    async with reading():
        return await _alike(values)


async def _alike(values: Mapping[str, FieldValue]) -> list[Like]:
    gtin, part, brand = (str(values.get(name) or "") for name in ("gtin", "part_number", "brand"))
    keys = [products.identifier_key(gtin) if products.gtin14(gtin) else "", products.identifier_key(part) if brand else ""]
    if not any(keys):
        return []
    found = await queries.like(gtin_key=keys[0], part_key=keys[1], brand=" ".join(brand.split()))
    return sorted(found, key=lambda one: one.match != "gtin")


def _refuse_known(found: Sequence[Like], *, is_distinct: bool) -> None:
    """Refuse a product that the catalogue has: one GTIN is one product, and the same part number of a brand nearly always is."""
    known = [one for one in found if one.match == "gtin" or not is_distinct]
    if known:
        raise ProductExists(title=known[0].title, extra={"products": [msgspec.to_builtins(one) for one in known]})


async def _accept_by_rules(made: Stored, *, actor: Actor, now: datetime) -> None:
    """Let an edit hold at once where published rules cover all its fields; a new product is always looked at."""
    if made.kind == "new":
        return
    covering = await approval.covering(
        [one.field for one in made.changes], supplier_id=made.organisation_id, record=await queries.record(made.organisation_id)
    )
    if len(covering) == len(made.changes):
        fields = tuple(one.field for one in made.changes)
        await _accept(made, fields, base=made.base, by_rules=covering, actor=actor, now=now)
        numbers = sorted({rule.number for rule in covering.values()})
        await _record("proposal.accepted_by_rule", made, actor=actor, now=now, after={"rules": numbers, "fields": fields})


async def _accept(
    found: Stored, fields: tuple[str, ...], *, base: str, actor: Actor, now: datetime, by_rules: Mapping[str, RuleOut] | None = None, text: str = ""
) -> UUID:
    """Let fields of a change set hold, write them into the product's history, and give the product. Raises: ProductMoved, ProductRetired, ProductExists."""
    taken = [one for one in found.changes if one.field in fields]
    values = {one.field: one.new for one in taken}
    if found.product_id is None:
        product_id = await _create(found, values, now=now)
        before: Mapping[str, FieldValue] = {}
    else:
        product_id = found.product_id
        before = (await products.change_product(product_id, values=values, base=base, now=now)).before
    rule_of = {field: rule.id for field, rule in (by_rules or {}).items()}
    await queries.insert_changes(
        [(uuid7(), product_id, found.id, one.field, before.get(one.field, one.old), one.new, rule_of.get(one.field), now) for one in taken]
    )
    made = msgspec.structs.replace(
        found, state="accepted", product_id=product_id, accepted=fields, is_automatic=bool(by_rules), decided_at=now, reason=text
    )
    if not await queries.decide(made, by="rule" if by_rules else actor.principal):
        raise ProposalClosed
    return product_id


async def _create(found: Stored, values: dict[str, FieldValue], *, now: datetime) -> UUID:
    await queries.lock_new()
    _refuse_known(await _alike(values), is_distinct=True)
    of_product = {name.removeprefix("attributes."): value for name, value in values.items() if name.startswith("attributes.") and value is not None}
    plain = {
        "category_id" if name == "category" else name: UUID(str(value)) if name == "category" else value
        for name, value in values.items()
        if not name.startswith("attributes.") and value is not None
    }
    new = msgspec.convert({**plain, "attributes": of_product, "source": SOURCE, "source_id": str(found.id)}, NewProduct)
    return (await products.create_products([new], now=now)).ids[0]


async def withdraw(proposal_id: UUID, *, version: int, actor: Actor, now: datetime) -> ProposalOut:
    """Take back a change set of the acting supplier that is not decided yet. Raises: NotFound, ProposalClosed, VersionConflict."""
    supplier_id = actor.own_organisation("supplier")
    async with transaction(actor=actor):
        found = await _locked(proposal_id, organisation_id=supplier_id, states=("sent", "revision"), version=version)
        await _decide(msgspec.structs.replace(found, state="withdrawn", decided_at=now, reason=""), actor=actor)
        await _record("proposal.withdrawn", found, actor=actor, now=now)
        return await _out(proposal_id, organisation_id=supplier_id, now=now)


async def decide(proposal_id: UUID, *, sent: DecisionIn, actor: Actor, now: datetime) -> ProposalOut:
    """Decide on a change set for the operator: accept it or some of its fields, send it back with a message, or reject it with a reason.

    A product that has changed since the change set was made is changed only where `base` is its fingerprint now: whoever gives it has seen it.
    What was merged meanwhile is changed as what it was merged into, in the same way.
    Raises: NotAllowed, NotFound, InvalidInput, ProposalClosed, VersionConflict, ProductMoved, ProductRetired, ProductExists.
    """
    _only_operator(actor)
    async with transaction(actor=actor):
        found = await _locked(proposal_id, organisation_id=None, states=("sent",), version=sent.version)
        fields, text = rules.decided(sent, found)
        if sent.act == "accept":
            present = await _present(found)
            await _check_again(present, fields, locale=actor.locale)
            await _accept(present, fields, base=sent.base or found.base, actor=actor, now=now, text=text)
        else:
            state = "revision" if sent.act == "revise" else "rejected"
            await _decide(msgspec.structs.replace(found, state=state, decided_at=now, reason=text), actor=actor)
        if text:
            await queries.say(uuid7(), about=found, side="operator", text=text, by=actor.principal, now=now)
        action = {"accept": "accepted", "revise": "sent_back", "reject": "rejected"}[sent.act]
        await _record(f"proposal.{action}", found, actor=actor, now=now, reason=text or None, after={"fields": fields})
        return await _out(proposal_id, organisation_id=None, now=now)


async def _locked(proposal_id: UUID, *, organisation_id: UUID | None, states: tuple[str, ...], version: int) -> Stored:
    found = await queries.one(proposal_id, organisation_id=organisation_id, is_locked=True)
    if found is None:
        raise NotFound
    if found.state not in states or found.answered_by is not None:
        raise ProposalClosed(extra={"current": found.shown_state})
    if found.version != version:
        raise VersionConflict(extra={"version": found.version})
    return found


async def _present(found: Stored) -> Stored:
    """Let a change set be about what its product was merged into; what is kept of it stays as it was sent."""
    if found.product_id is None:
        return found
    return msgspec.structs.replace(found, product_id=await products.present_id(found.product_id))


async def _check_again(found: Stored, fields: tuple[str, ...], *, locale: str) -> None:
    """Hold what is accepted to schemas and units as they are now: they may have changed, and a part may need what is left out. Raises: InvalidInput."""
    held = {} if found.product_id is None else products.fields(await products.live_product(found.product_id))
    values = rules_told.as_sent(found, fields, await _slugs())
    if errors := rules_values.checked(values, world=await _world(locale), held=held, is_new=found.product_id is None)[1]:
        raise InvalidInput(errors=tuple(errors))


async def _decide(made: Stored, *, actor: Actor) -> None:
    if not await queries.decide(made, by=actor.principal):
        raise ProposalClosed


async def my_proposals(*, show: str, before: UUID | None, limit: int, actor: Actor, now: datetime) -> tuple[list[Listed], UUID | None]:
    """List the acting supplier's change sets, the latest first, and the last one's id where more follow.

    `show` is "" for all, open (with the operator), back (sent back to the supplier) or done. Raises: NotFound for who does not sell.
    """
    supplier_id = actor.own_organisation("supplier")
    async with reading(actor):
        found = await queries.of_supplier(supplier_id, show=show, before=before, limit=limit + 1)
    slugs = await _slugs()
    return [rules_told.listed(one, slugs, now=now) for one in found[:limit]], found[limit - 1].id if len(found) > limit else None


async def my_counts(*, actor: Actor, now: datetime) -> tuple[int, int]:
    """Count what of the acting supplier's waits for the operator, and what was sent back and waits for itself."""
    async with reading(actor):
        waiting, _, back = await queries.counts(organisation_id=actor.own_organisation("supplier"), now=now)
    return waiting, back


async def my_record(*, actor: Actor) -> Record:
    """Count how the operator has decided on the acting supplier's change sets, by which the published rules go."""
    async with reading(actor):
        return await queries.record(actor.own_organisation("supplier"))


async def record_of(supplier_id: UUID, *, actor: Actor) -> Record:
    """Count the same of any supplier, for the operator. Raises: NotAllowed."""
    _only_operator(actor)
    async with reading(actor):
        return await queries.record(supplier_id)


async def my_proposal(proposal_id: UUID, *, actor: Actor, now: datetime) -> ProposalOut:
    """Give a change set of the acting supplier. Raises: NotFound."""
    async with reading(actor):
        return await _out(proposal_id, organisation_id=actor.own_organisation("supplier"), now=now)


async def waiting(
    wanted: Wanted, *, after: tuple[datetime, UUID] | UUID | None, limit: int, actor: Actor, now: datetime
) -> tuple[list[Listed], tuple[datetime, UUID] | tuple[UUID] | None]:
    """List for the operator what waits, the first due first, or what was sent back or is over, the latest first, and the place behind. Raises: NotAllowed."""
    _only_operator(actor)
    async with reading(actor):
        if wanted.show == "waiting":
            found = await queries.waiting(wanted, after=after if isinstance(after, tuple) else None, limit=limit + 1)
        else:
            found = await queries.latest(wanted, before=after if isinstance(after, UUID) else None, limit=limit + 1)
    slugs = await _slugs()
    rows = [rules_told.listed(one, slugs, now=now) for one in found[:limit]]
    if len(found) <= limit:
        return rows, None
    return rows, (rows[-1].due_at, rows[-1].id) if wanted.show == "waiting" else (rows[-1].id,)


async def counts(*, actor: Actor, now: datetime) -> tuple[int, int, int]:
    """Count for the operator what waits, how much of it is overdue, and what was sent back. Raises: NotAllowed."""
    _only_operator(actor)
    async with reading(actor):
        return await queries.counts(organisation_id=None, now=now)


async def suppliers_waiting(*, actor: Actor) -> list[tuple[UUID, str]]:
    """List for the operator the suppliers of which something waits. Raises: NotAllowed."""
    _only_operator(actor)
    async with reading(actor):
        return await queries.suppliers_waiting()


async def proposal(proposal_id: UUID, *, actor: Actor, now: datetime) -> ProposalOut:
    """Give the operator a change set, while it waits with what has changed meanwhile. Raises: NotAllowed, NotFound."""
    _only_operator(actor)
    async with reading(actor):
        return await _out(proposal_id, organisation_id=None, now=now)


async def history(product_id: UUID, *, actor: Actor) -> list[HistoryOut]:
    """Tell how change sets changed a product, the latest first, at most 200; whose they were is told to that supplier and the operator.

    Raises: NotFound for a product that nobody sees.
    """
    async with reading(actor):
        if (await products.live_product(product_id)).state == "draft":
            raise NotFound
        return rules_told.history(await queries.history(product_id, since=None, limit=HISTORY_MAX), await _slugs())


async def _slugs() -> dict[str, str]:
    return {str(one.id): one.slug for one in await taxonomy.tree()}


async def _out(proposal_id: UUID, *, organisation_id: UUID | None, now: datetime) -> ProposalOut:
    """Put a change set together inside the transaction or reading of its caller."""
    stored = await queries.one(proposal_id, organisation_id=organisation_id)
    if stored is None:
        raise NotFound
    found = await _present(stored)
    moved_from = stored.product_id if stored.product_id != found.product_id else None
    held = {} if found.product_id is None else products.fields(await products.live_product(found.product_id))
    current = products.fingerprint(held) if held else ""
    moved: list[MovedOut] = []
    alike_now: list[Like] = []
    if found.state == "sent" and found.product_id is None:
        alike_now = await _alike({one.field: one.new for one in found.changes})
    elif found.state == "sent" and found.product_id is not None and current != found.base:
        moved = rules.moved(found, held, await queries.history(found.product_id, since=found.sent_at, limit=HISTORY_MAX))
    around = rules_told.Around(await queries.messages(found.id), await queries.rules_of(found.id), current, moved, alike_now, moved_from)
    return rules_told.told(found, await _slugs(), around, now=now)


def _only_operator(actor: Actor) -> None:
    if not actor.is_operator:
        raise NotAllowed


async def _record(action: str, found: Stored, *, actor: Actor, now: datetime, reason: str | None = None, after: object = None) -> None:
    told = after or {"kind": found.kind, "product_id": found.product_id, "changes": found.changes}
    await audit.record(
        action=action, entity="proposal", entity_id=found.id, organisation_id=found.organisation_id, actor=actor, now=now, reason=reason, after=told
    )
