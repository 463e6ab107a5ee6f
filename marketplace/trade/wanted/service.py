"""Owns the use cases of asking for what is not found: a buyer asks and takes back, and the operator answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from marketplace.catalogue.products import service as products
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.catalogue.units import service as units
from marketplace.kernel.audit import service as audit
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.errors import DomainError, Faults, FieldError, InvalidInput, NotAllowed, NotFound, VersionConflict
from marketplace.kernel.ids import uuid7
from marketplace.kernel.names import clean_lines, clean_name
from marketplace.kernel.quantity import parse_quantity_text
from marketplace.trade.demand import service as demand
from marketplace.trade.search import service as search
from marketplace.trade.wanted import queries, rules
from marketplace.trade.wanted.errors import AnswerGiven, AskedAlready, TooManyAsked
from marketplace.trade.wanted.schemas import Near, Wanted

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from marketplace.kernel.actor import Actor
    from marketplace.trade.wanted.schemas import AnswerIn, State, WantedIn

ASKED_MAX: Final = 100
NEAR_MAX: Final = 3
STATES: Final[dict[str, State]] = {"product": "found", "category": "found", "looking": "looking", "refused": "refused"}


async def ask(data: WantedIn, *, actor: Actor, now: datetime) -> Wanted:
    """Ask the market for something. Who asks for the same again, in the same details, is given what waits already.

    Raises: NotFound for a caller who is no person of a buyer, InvalidInput, AskedAlready with other details, TooManyAsked.
    """
    organisation_id = actor.own_organisation("buyer")
    if actor.person_id is None:
        raise NotFound
    said = await _read(data, now)
    asked = replace(
        said, organisation_id=organisation_id, organisation=actor.organisation_name, person_id=actor.person_id, segment=search.segment(actor),
        locale=actor.locale,
    )  # fmt: skip
    async with transaction(actor=actor):
        await queries.lock(organisation_id)
        before = await queries.same(organisation_id, asked.text)
        if before is not None:
            if _details(before) != _details(asked):
                raise AskedAlready(text=before.text)
            return before
        if await queries.waiting(organisation_id, states=rules.WAITING) >= ASKED_MAX:
            raise TooManyAsked(limit=ASKED_MAX)
        if not await queries.insert(asked):
            raise InvalidInput(errors=(FieldError("/text", "missing", rules.NO_WORDS),))
        await _record("wanted.asked", asked, actor=actor, now=now)
        return await _found(asked.id, organisation_id=organisation_id)


async def _read(data: WantedIn, now: datetime) -> Wanted:
    """Read what was typed, and tell of everything that is wrong with it at once."""
    faults = Faults()
    text = " ".join(data.text.split())
    with faults.kept():
        if not text:
            raise InvalidInput(errors=(FieldError("/text", "missing", rules.NO_WORDS),))
        if len(text) <= 120:  # noqa: PLR2004 - names end there; a text that was searched for may be longer
            text = clean_name(text, pointer="/text")
        else:
            clean_lines(text, pointer="/text")
    note = faults.take(lambda: clean_lines(data.note, pointer="/note"), "")
    needed_by = faults.take(lambda: rules.day(data.needed_by, today=now.date()), None)
    unit = (await units.units()).get(data.unit_code)
    with faults.kept():
        if unit is None:
            raise InvalidInput(errors=(FieldError("/unit_code", "unknown-unit", "Choose a unit."),))
    quantity = data.quantity.strip()
    decimals = unit.decimals if unit else 0
    steps = faults.take(lambda: parse_quantity_text(quantity, decimals=decimals), 0) if quantity else None
    faults.refuse()
    return Wanted(
        id=uuid7(), organisation_id=uuid7(), organisation="", person_id=uuid7(), text=text, quantity=steps, unit_code=data.unit_code, needed_by=needed_by,
        note=note, segment="", locale="en", state="open", answer="", product_id=None, category_id=None, asked_at=now, answered_at=None, read_at=None, version=1,
    )  # fmt: skip


def _details(one: Wanted) -> tuple[object, ...]:
    return one.quantity, one.unit_code, one.needed_by, one.note


async def withdraw(wanted_id: UUID, *, actor: Actor, now: datetime) -> Wanted:
    """Take back what one's organisation asked for. Raises: NotFound, AnswerGiven."""
    organisation_id = actor.own_organisation("buyer")
    async with transaction(actor=actor):
        before = await _waiting(wanted_id, organisation_id=organisation_id, after="withdrawn")
        await queries.close(replace(before, state="withdrawn"), now=now)
        await _record("wanted.withdrawn", before, actor=actor, now=now)
        return await _found(wanted_id, organisation_id=organisation_id)


async def answer(wanted_id: UUID, data: AnswerIn, *, actor: Actor, now: datetime) -> Wanted:
    """Answer with a product, a category, that a supplier is looked for, or why it is not sold here.

    Raises: NotAllowed, NotFound, InvalidInput, AnswerGiven, VersionConflict.
    """
    if not actor.is_operator:
        raise NotAllowed
    rules.check_answer(data)
    words = clean_lines(data.words, pointer="/words")
    product_id = await _product(data.product, actor) if data.kind == "product" else None
    category_id = await _category(data.category) if data.kind == "category" else None
    async with transaction(actor=actor):
        before = await _waiting(wanted_id, organisation_id=None, after=STATES[data.kind])
        if before.version != data.version:
            raise VersionConflict(extra={"version": before.version})
        after = replace(before, state=STATES[data.kind], answer=words, product_id=product_id, category_id=category_id)
        await queries.close(after, now=now)
        await _record(f"wanted.{after.state}", after, actor=actor, now=now)
        return await _found(wanted_id, organisation_id=None)


async def _product(text: str, actor: Actor) -> UUID:
    """Find the product of an address or id, where it stands now. Raises: InvalidInput."""
    try:
        product_id = await products.present_id(rules.product_id(text))
        found = await products.products_by_ids([product_id], locale=actor.locale)
    except NotFound:
        found = []
    if not found or found[0].state != "published":
        raise InvalidInput(errors=(FieldError("/product", "unknown-product", rules.NO_PRODUCT),))
    return found[0].id


async def _category(slug: str) -> UUID:
    try:
        return (await taxonomy.category_by_slug(slug)).id
    except NotFound:
        raise InvalidInput(errors=(FieldError("/category", "missing", "Choose a category."),)) from None


async def mine(*, actor: Actor) -> list[Wanted]:
    """List what the caller's organisation asked for, what waits first, at most 200. Raises: NotFound."""
    async with reading(actor):
        return await queries.listed(organisation_id=actor.own_organisation("buyer"))


async def all_of_them(*, actor: Actor, states: tuple[str, ...] = (), segment: str = "", locale: str = "") -> list[Wanted]:
    """List what every organisation asked for, what waits first, at most 200. Raises: NotAllowed for all but the operator."""
    if not actor.is_operator:
        raise NotAllowed
    async with reading(actor):
        return await queries.listed(organisation_id=None, states=states, segment=segment.replace("\x00", ""), locale=locale.replace("\x00", ""))


async def kinds(*, actor: Actor) -> tuple[list[str], list[str]]:
    """Give the kinds of askers and the languages that there are."""
    async with reading(actor):
        return await queries.kinds()


async def near(found: list[Wanted], *, locale: str) -> dict[UUID, Near]:
    """Give what the catalogue has that is nearest to what waits; what cannot be searched for has nothing near."""
    waits = [one for one in found if one.state in rules.WAITING]
    words = await demand.near([one.text for one in waits])
    ids: dict[UUID, list[UUID]] = {}
    for one in waits:
        try:
            ids[one.id] = (await search.ranked(one.text, limit=NEAR_MAX)).ids
        except DomainError:
            ids[one.id] = []
    titles = await products.titles({each for some in ids.values() for each in some}, locale=locale)
    return {one.id: Near(words.get(one.text, []), [(each, titles[each]) for each in ids[one.id] if each in titles]) for one in waits}


async def waiting(actor: Actor) -> int:
    """Count what waits for the operator's first answer."""
    async with reading(actor):
        return await queries.waiting(None, states=("open",))


async def unread(actor: Actor) -> int:
    """Count the answers that the caller's organisation has not read; 0 for a caller of none."""
    if actor.organisation_id is None:
        return 0
    async with reading(actor):
        return await queries.unread(actor.organisation_id)


async def read_all(*, actor: Actor, now: datetime) -> None:
    """Note that the caller's organisation has read its answers."""
    async with transaction(actor=actor):
        await queries.read(actor.own_organisation("buyer"), now=now)


async def _waiting(wanted_id: UUID, *, organisation_id: UUID | None, after: State) -> Wanted:
    one = await queries.wanted(wanted_id, organisation_id=organisation_id, is_locked=True)
    if one is None:
        raise NotFound
    if not rules.may_become(one.state, after):
        raise AnswerGiven
    return one


async def _found(wanted_id: UUID, *, organisation_id: UUID | None) -> Wanted:
    one = await queries.wanted(wanted_id, organisation_id=organisation_id)
    assert one is not None, "it was written or locked in this transaction"
    return one


async def _record(action: str, one: Wanted, *, actor: Actor, now: datetime) -> None:
    await audit.record(
        action=action, entity="wanted", entity_id=one.id, organisation_id=one.organisation_id, actor=actor, now=now,
        after={"text": one.text, "state": one.state, "product_id": str(one.product_id or ""), "category_id": str(one.category_id or "")},
        reason=one.answer or None,
    )  # fmt: skip
