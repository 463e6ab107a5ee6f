"""Owns the rules of letting an organisation sell: checks as sent and as typed. Pure."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from marketplace.kernel.errors import FieldError, InvalidInput
from vendors.accounts.schemas import CHECK_WORDS, NewCheck
from vendors.admission.schemas import AdmissionIn, CheckIn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vendors.admission.schemas import AdmissionForm
    from vendors.sites.schemas import SiteIn

FIRST_DAY = date(2000, 1, 1)
REFERENCE_MAX = 80


def checks(sent: Sequence[CheckIn], *, today: date) -> list[NewCheck]:
    """Give the checks to store. Raises: InvalidInput for a day to come, or an end that is not after its start."""
    errors = []
    for place, check in enumerate(sent):
        if not FIRST_DAY <= check.passed_on <= today:
            errors.append(FieldError(f"/checks/{place}/passed_on", "not-past", "A check was passed today or earlier."))
        elif check.expires_on is not None and check.expires_on <= check.passed_on:
            errors.append(FieldError(f"/checks/{place}/expires_on", "ends-before-start", "A check ends after the day on which it was passed."))
        elif not check.reference.isprintable():
            errors.append(
                FieldError(f"/checks/{place}/reference", "invisible-character", "This holds a character that cannot be seen; type it anew.")
            )
    if errors:
        raise InvalidInput(errors=tuple(errors))
    return [
        NewCheck(kind=check.kind, passed_on=check.passed_on, expires_on=check.expires_on, reference=" ".join(check.reference.split()))
        for check in sent
    ]


def about(text: str) -> str:
    """Give what a supplier says of itself, lines kept. Raises: InvalidInput for what cannot be seen."""
    lines = [" ".join(line.split()) for line in text.strip().splitlines()]
    if not all(line.isprintable() for line in lines):
        raise InvalidInput(errors=(FieldError("/about", "invisible-character", "This holds a character that cannot be seen; type it anew."),))
    return "\n".join(lines)


def typed(form: AdmissionForm, *, site: SiteIn | None) -> AdmissionIn:
    """Give the admission that a form describes; a line of checks without a day is a check that was not made. Raises: InvalidInput."""
    lines = zip(form.check_kind, form.check_passed_on, form.check_expires_on, form.check_reference, strict=False)
    return AdmissionIn(
        acceptance_hours=form.acceptance_hours,
        default_incoterm=form.default_incoterm,
        auto_accepts=form.auto_accepts,
        about=form.about,
        checks=[_check(*line) for line in lines if line[1].strip()],
        site=site,
    )


def _check(kind: str, passed_on: str, expires_on: str, reference: str) -> CheckIn:
    if kind not in CHECK_WORDS or len(reference) > REFERENCE_MAX:
        raise InvalidInput(errors=(FieldError("/checks", "unknown-check", "Send the lines of checks as the page shows them."),))
    return CheckIn(kind=kind, passed_on=_day(passed_on), expires_on=_day(expires_on) if expires_on.strip() else None, reference=reference)  # type: ignore[arg-type]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise InvalidInput(errors=(FieldError("/checks", "bad-day", "Give each day as year, month and day, such as 2026-11-24."),)) from None
