"""Owns rates of duty as they are typed and as a CSV file: written so that they can be taken back in, read all or nothing. Pure."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec
from msgspec.structs import replace

from marketplace.kernel.countries import is_country
from marketplace.kernel.csv_file import BAD_VALUE, EMPTY, FAULTS_MAX, CsvFile
from marketplace.kernel.errors import FieldError
from marketplace.kernel.http.wording import field_error
from marketplace.kernel.i18n import lazy
from marketplace.kernel.spreadsheet import csv_lines
from services_addons.duty.errors import BadDutyFile, BadDutyRate
from services_addons.duty.schemas import DutyRateIn, MemberIn, NewDutyRate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from uuid import UUID

    from services_addons.duty.schemas import DutyQuery, DutyRateOut, MemberForm, RateForm

COLUMNS: Final = ("destination", "origin", "hs_prefix", "category", "percent", "valid_from", "valid_to", "source", "invented")
NEEDED: Final = ("destination", "percent", "valid_from", "source")
ERRORS_MAX: Final = 20
DAYS: Final = (date(2000, 1, 1), date(2100, 12, 31))
TWICE: Final = lazy("Line {line}: the same goods, way and first day stand in line {before} already.")
GOODS: Final = lazy("Name either the beginning of a customs code or a category, not both.")
NO_CATEGORY: Final = lazy("There is no category “{category}”.")
NO_COUNTRY: Final = lazy("“{country}” is no country; write two capital letters, such as DE.")
BAD_DAYS: Final = lazy("The last day is not before the first, and both are within 2000 to 2100.")
# What cannot be converted is told in the words of the form.
AS_TYPED: Final = {
    "code": lazy("Give the union as two to five letters, such as EU."),
    "country": lazy("Choose a country."),
    "destination": lazy("Give a country or a union as it is written in short, such as US or EU."),
    "hs_prefix": lazy("Give 2 to 10 digits of the customs code."),
    "percent": lazy("Give the rate with a point, such as 3.7."),
    "source": lazy("Say in at least 3 characters where it stands."),
    "valid_from": lazy("Give the day."),
}
NOT_PAST: Final = lazy("Give today or a later day: what counted on past days stays on record.")
S = TypeVar("S", bound=msgspec.Struct)


def checked(sent: Sequence[DutyRateIn], *, category_ids: Mapping[str, UUID]) -> list[NewDutyRate]:
    """Give the rates to store. Raises: BadDutyRate, naming up to 20 faults."""
    errors: list[FieldError] = []
    made = []
    for place, one in enumerate(sent):
        at = f"/{place}" if len(sent) > 1 else ""
        errors += _faults(one, at, category_ids)
        if len(errors) >= ERRORS_MAX:
            break
        made.append(
            NewDutyRate(
                destination=one.destination, origin=one.origin, hs_prefix=one.hs_prefix, category_id=category_ids.get(one.category or ""),
                rate=(Decimal(one.percent) / 100).quantize(Decimal("0.000001")), valid_from=one.valid_from, valid_to=one.valid_to,
                source=one.source.strip(), is_invented=one.is_invented,
            )
        )  # fmt: skip
    if errors:
        raise BadDutyRate(errors=tuple(errors[:ERRORS_MAX]))
    return made


def _faults(one: DutyRateIn, at: str, category_ids: Mapping[str, UUID]) -> Iterator[FieldError]:
    if (one.hs_prefix is None) == (one.category is None):
        yield FieldError(f"{at}/goods", "bad-goods", GOODS)
    elif one.category is not None and one.category not in category_ids:
        yield FieldError(f"{at}/goods", "no-such-category", NO_CATEGORY, {"category": one.category})
    if one.origin and not is_country(one.origin):
        yield FieldError(f"{at}/origin", "unknown-country", NO_COUNTRY, {"country": one.origin})
    if len(one.destination) == 2 and one.destination != "EU" and not is_country(one.destination):  # noqa: PLR2004 - a country's code has two
        yield FieldError(f"{at}/destination", "unknown-country", NO_COUNTRY, {"country": one.destination})
    if not _in_order(one.valid_from, one.valid_to):
        yield FieldError(f"{at}/valid_to", "bad-days", BAD_DAYS)


def _in_order(*days: date | None, first: date = DAYS[0]) -> bool:
    given = [day for day in days if day is not None]
    return given == sorted(given) and all(first <= day <= DAYS[1] for day in given)


def check_last_day(day: date, *, today: date) -> None:
    """Check that a rate is not ended on a day that is over. Raises: BadDutyRate."""
    if not today <= day <= DAYS[1]:
        raise BadDutyRate(errors=(FieldError("/last_day", "in-the-past", NOT_PAST),))


def check_member(member: MemberIn) -> None:
    """Check a membership. Raises: BadDutyRate."""
    errors = []
    if not is_country(member.country):
        errors.append(FieldError("/country", "unknown-country", NO_COUNTRY, {"country": member.country}))
    if not _in_order(member.valid_from, member.valid_to, first=date(1900, 1, 1)):
        errors.append(FieldError("/valid_to", "bad-days", BAD_DAYS))
    if errors:
        raise BadDutyRate(errors=tuple(errors))


def with_category(query: DutyQuery, category_id: UUID | None) -> DutyQuery:
    """Ask for goods of a category."""
    return replace(query, category_id=category_id)


def typed_rate(form: RateForm) -> DutyRateIn:
    """Read a rate from its form: goods are digits for a customs code, else a category's slug. Raises: BadDutyRate."""
    goods = form.goods.strip().replace(".", "").replace(" ", "")
    is_code = goods.isascii() and goods.isdigit()
    sent: dict[str, Any] = {
        "destination": form.destination.strip().upper(), "origin": form.origin.strip().upper(), "percent": form.percent.strip(),
        "hs_prefix": goods if is_code else None, "category": None if is_code or not goods else form.goods.strip(),
        "source": form.source.strip(), "valid_from": form.valid_from, "valid_to": form.valid_to or None,
    }  # fmt: skip
    return _converted(sent, DutyRateIn, () if goods else (FieldError("/goods", "bad-goods", GOODS),))


def typed_member(form: MemberForm) -> MemberIn:
    """Read a membership from its form. Raises: BadDutyRate."""
    sent = {
        "code": form.code.strip().upper(), "country": form.country.strip().upper(), "source": form.source.strip(),
        "is_industrial_only": form.is_industrial_only, "valid_from": form.valid_from or None, "valid_to": form.valid_to or None,
    }  # fmt: skip
    return _converted(sent, MemberIn)


def _converted(sent: dict[str, Any], target: type[S], errors: tuple[FieldError, ...] = ()) -> S:
    """Convert what was typed, field by field, so that all that cannot stand is told at once and as people type it."""
    for field in msgspec.structs.fields(target):
        if field.name not in sent:
            continue
        try:
            msgspec.convert(sent[field.name], field.type)
        except msgspec.ValidationError as error:
            found = field_error(error)
            at = "goods" if field.name in {"hs_prefix", "category"} else field.name
            errors += (
                found._replace(
                    pointer=f"/{at}", message=AS_TYPED.get(field.name, found.message), params={} if field.name in AS_TYPED else found.params
                ),
            )
    if errors:
        raise BadDutyRate(errors=errors)
    return msgspec.convert(sent, target)


def write(rates: Sequence[DutyRateOut]) -> str:
    """Write rates, one a line, percentages with a point."""
    rows: list[tuple[str | None, ...]] = [COLUMNS]
    for one in rates:
        days = one.valid_from.isoformat(), one.valid_to.isoformat() if one.valid_to else ""
        rows.append((one.destination, one.origin, one.hs_prefix, one.category, one.percent, *days, one.source, "yes" if one.is_invented else ""))
    return csv_lines(rows)


def read(text: str, *, sign: str) -> list[DutyRateIn]:
    """Read rates from CSV text; `sign` says whether percentages have a point or a comma. Raises: BadDutyFile with each fault and its line."""
    file = CsvFile(COLUMNS, needed=NEEDED)
    made: list[DutyRateIn] = []
    seen: dict[tuple[str, ...], int] = {}
    for line, row in file.rows(text):
        key = tuple(row[name] for name in ("destination", "origin", "hs_prefix", "category", "valid_from"))
        if key in seen:
            file.fault(TWICE, line, before=seen[key])
        seen[key] = line
        percent = row["percent"]
        if ("," in percent) if sign == "point" else ("." in percent):
            file.fault(BAD_VALUE, line, column="percent", text=percent[:20])
            continue
        sent: dict[str, Any] = {name: value or None for name, value in row.items() if name != "invented"}
        sent |= {"percent": percent.replace(",", "."), "origin": row["origin"], "is_invented": row["invented"].lower() in {"yes", "true", "1"}}
        try:
            made.append(msgspec.convert(sent, DutyRateIn))
        except msgspec.ValidationError as error:
            column = field_error(error).pointer.strip("/") or "destination"
            file.fault(BAD_VALUE, line, column=column, text=str(row.get(column, ""))[:20])
        if len(file.errors) >= FAULTS_MAX:
            break
    if not made and not file.errors:
        file.fault(EMPTY, 1)
    if file.errors:
        raise BadDutyFile(errors=tuple(file.errors))
    return made
