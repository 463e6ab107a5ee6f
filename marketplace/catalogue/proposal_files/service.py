"""Owns the use case of files of proposals: send one for each row, or tell every fault by its line and send none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from marketplace.catalogue.products import service as products
from marketplace.catalogue.proposal_files import rules
from marketplace.catalogue.proposal_files.schemas import FileOut
from marketplace.catalogue.proposals import service as proposals
from marketplace.catalogue.proposals.schemas import ProposalIn
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.kernel import wording
from marketplace.kernel.csv_file import FAULTS_MAX
from marketplace.kernel.database import savepoint, transaction
from marketplace.kernel.errors import DomainError, FieldError, InvalidInput, NotFound

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from marketplace.catalogue.products.schemas import FieldValue
    from marketplace.catalogue.proposal_files.schemas import Line
    from marketplace.kernel.actor import Actor
    from marketplace.kernel.csv_file import CsvIn

UNCHANGED: Final = "nothing-changed"


async def take_file(sent: CsvIn, *, actor: Actor, now: datetime) -> FileOut:
    """Send a proposal of the acting supplier for each row: an edit of the product that its id, GTIN, or brand and part number names, else a new one.

    All of the file or nothing. Raises: NotFound for who does not sell, InvalidInput with each fault at its line, up to 20.
    """
    actor.own_organisation("supplier")
    errors: list[FieldError] = []
    made: list[UUID] = []
    unchanged = 0
    async with transaction(actor=actor):
        for line in rules.lines(sent.text):
            try:
                async with savepoint():
                    made.append((await proposals.propose(await _proposal(line, sent.decimal), actor=actor, now=now)).id)
            except DomainError as error:
                if [one.code for one in error.errors] == [UNCHANGED]:
                    unchanged += 1
                else:
                    errors += _at_line(error, line, locale=actor.locale)
            if len(errors) >= FAULTS_MAX:
                break
        if errors:
            raise InvalidInput(errors=tuple(errors[:FAULTS_MAX]))
    return FileOut(proposal_ids=made, unchanged=unchanged)


async def _proposal(line: Line, decimal: str) -> ProposalIn:
    product_id = line.product_id
    if product_id is None:
        named: dict[str, FieldValue] = {name: line.values[name] for name in ("gtin", "brand", "part_number") if name in line.values}
        found = await proposals.alike(named)
        product_id = found[0].id if len(found) == 1 else None
    kinds = await _kinds(line, product_id)
    values: dict[str, FieldValue] = {}
    for column, cell in line.values.items():
        field = rules.field_of(column)
        kind = "whole" if column in rules.WHOLE else kinds.get(field, "text")
        values[field] = proposals.typed(rules.in_points(cell, decimal=decimal) if kind in {"number", "whole"} else cell, kind)
    return ProposalIn(values=values, product_id=product_id, note=line.note)


async def _kinds(line: Line, product_id: UUID | None) -> dict[str, str]:
    """Tell of what kind each attribute of a row is: as its category says, else as the product holds it."""
    held: dict[str, FieldValue] = {}
    category_id = None
    if product_id is not None:
        live = await products.live_product(product_id)
        held, category_id = products.fields(live), live.category_id
    slug = line.values.get("category")
    about = next((one.attributes for one in await taxonomy.tree() if (one.slug == slug if slug else one.id == category_id)), ())
    kinds = {field: proposals.kind_of(value) for field, value in held.items() if field.startswith("attributes.")}
    return kinds | {f"attributes.{one.key}": one.kind for one in about}


def _at_line(error: DomainError, line: Line, *, locale: str) -> list[FieldError]:
    """Tell what is wrong with a row at its line, each fault in its column."""
    pointer = f"/text/{line.number}"
    if not error.errors:
        what = wording.word(error.message if not isinstance(error, NotFound) else NotFound.message, error.params, locale)
        return [FieldError(pointer, error.code, rules.OF_LINE, {"line": line.number, "what": what})]
    return [
        FieldError(pointer, one.code, rules.AT_LINE, {
            "line": line.number, "column": rules.column_of(one.pointer.removeprefix("/values/").strip("/")), "what": wording.word(one.message, one.params, locale),
        })
        for one in error.errors
    ]  # fmt: skip
