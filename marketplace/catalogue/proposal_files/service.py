"""Owns the use cases of files of proposals: send one for each row of a CSV or none, or each good row of a workbook or of JSON lines."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final
from uuid import UUID

from marketplace.catalogue.imports import service as imports
from marketplace.catalogue.products import service as products
from marketplace.catalogue.proposal_files import rules
from marketplace.catalogue.proposal_files.schemas import FileOut, RowFault
from marketplace.catalogue.proposals import service as proposals
from marketplace.catalogue.proposals.schemas import ProposalIn
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.kernel import wording
from marketplace.kernel.csv_file import FAULTS_MAX
from marketplace.kernel.database import reading, savepoint, transaction
from marketplace.kernel.errors import DomainError, FieldError, InvalidInput, NotFound
from marketplace.kernel.sheets_in.schemas import Limits, Sent

if TYPE_CHECKING:
    from datetime import datetime

    from marketplace.catalogue.imports.schemas import ReadRow
    from marketplace.catalogue.products.schemas import FieldValue
    from marketplace.catalogue.proposal_files.schemas import FileIn, Line
    from marketplace.kernel.actor import Actor
    from marketplace.kernel.csv_file import CsvIn

UNCHANGED: Final = "nothing-changed"
LIMITS: Final = Limits(rows=rules.ROWS_MAX)


async def read(sent: Sent, *, decimal: str, actor: Actor) -> list[ReadRow]:
    """Read a workbook or JSON lines before anything is sent. Raises: NotFound for who does not sell, and the errors of a file."""
    actor.own_organisation("supplier")
    async with reading(actor):
        return await imports.read_rows(sent, limits=LIMITS, number_locale="de" if decimal == "comma" else "plain")


def sent_of(file: FileIn) -> Sent:
    """Give what a call sent as a file. Raises: InvalidInput for a workbook that is not in base64."""
    try:
        content = base64.b64decode(file.text, validate=True) if file.format == "xlsx" else file.text.encode()
    except (binascii.Error, ValueError):
        raise InvalidInput(errors=(FieldError("/text", "bad-base64", rules.NO_BASE64),)) from None
    return Sent(name=f"proposals.{file.format}", content=content)


async def take_rows(rows: list[ReadRow], *, actor: Actor, now: datetime) -> FileOut:
    """Send a proposal of the acting supplier for each row that is good, and tell what is wrong with the others. Raises: NotFound."""
    actor.own_organisation("supplier")
    made: list[UUID] = []
    faults: list[RowFault] = []
    unchanged = 0
    async with transaction(actor=actor):
        for row in rows:
            wrong = [imports.worded(one, actor.locale) for one in row.issues]
            faults += [RowFault(line=one.line, column=one.column, code=one.code, reason=one.reason) for one in wrong]
            if wrong:
                continue
            try:
                async with savepoint():
                    made.append((await proposals.propose(await _of_row(row), actor=actor, now=now)).id)
            except DomainError as error:
                if [one.code for one in error.errors] == [UNCHANGED]:
                    unchanged += 1
                else:
                    faults += _faults(error, row.line, locale=actor.locale)
    return FileOut(proposal_ids=made, unchanged=unchanged, faults=faults)


async def _of_row(row: ReadRow) -> ProposalIn:
    values: dict[str, FieldValue] = {name: value for name, value in row.values.items() if value is not None and name != "locale"}
    if not values:
        raise InvalidInput(errors=(FieldError("", UNCHANGED, rules.SAYS_NOTHING),))
    product_id = None
    try:
        product_id = UUID(row.source_id) if row.source_id else None
    except ValueError:
        # An id of the supplier's own system names no product here.
        product_id = None
    if product_id is None:
        found = await proposals.alike({name: values[name] for name in ("gtin", "brand", "part_number") if name in values})
        product_id = found[0].id if len(found) == 1 else None
    return ProposalIn(values=values, product_id=product_id)


def _faults(error: DomainError, line: int, *, locale: str) -> list[RowFault]:
    if not error.errors:
        what = wording.word(error.message if not isinstance(error, NotFound) else NotFound.message, error.params, locale)
        return [RowFault(line=line, column="", code=error.code, reason=what)]
    return [
        RowFault(
            line=line,
            column=rules.column_of(one.pointer.removeprefix("/values/").strip("/")),
            code=one.code,
            reason=wording.word(one.message, one.params, locale),
        )
        for one in error.errors
    ]


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
