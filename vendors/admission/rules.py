"""Owns the rules of letting an organisation sell: checks as sent and as typed. Pure."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from marketplace.kernel.errors import FieldError, InvalidInput
from vendors.accounts.schemas import CHECK_WORDS, CheckIn
from vendors.admission.schemas import AdmissionIn

if TYPE_CHECKING:
    from vendors.admission.schemas import AdmissionForm
    from vendors.sites.schemas import SiteIn

REFERENCE_MAX = 80


def typed(form: AdmissionForm, *, site: SiteIn | None) -> AdmissionIn:
    """Give the admission that a form describes; a line of checks without a day is a check that was not made.

    Raises: InvalidInput naming every bad field of the checks by its place among the lines that have a day.
    """
    return AdmissionIn(
        acceptance_hours=form.acceptance_hours,
        default_incoterm=form.default_incoterm,
        auto_accepts=form.auto_accepts,
        about=form.about,
        checks=_checks(form),
        site=site,
    )


def made_kinds(form: AdmissionForm) -> list[str]:
    """Give the kinds of the typed checks that have a day, in their order: where `/checks/1` stands on the page."""
    return [kind for kind, passed_on in zip(form.check_kind, form.check_passed_on, strict=False) if passed_on.strip()]


def _checks(form: AdmissionForm) -> list[CheckIn]:
    lines = zip(form.check_kind, form.check_passed_on, form.check_expires_on, form.check_reference, strict=False)
    found, errors = [], []
    for place, (kind, passed_on, expires_on, reference) in enumerate(line for line in lines if line[1].strip()):
        if kind not in CHECK_WORDS:
            errors.append(FieldError("/checks", "unknown-check", "Send the lines of checks as the page shows them."))
            continue
        if len(reference) > REFERENCE_MAX:
            message = "References take at most {limit} characters."
            errors.append(FieldError(f"/checks/{place}/reference", "too-long", message, {"limit": REFERENCE_MAX}))
        days = {name: _day(text) for name, text in (("passed_on", passed_on), ("expires_on", expires_on)) if text.strip()}
        for name, day in days.items():
            if day is None:
                message = "Give each day as year, month and day, such as 2026-11-24."
                errors.append(FieldError(f"/checks/{place}/{name}", "bad-day", message))
        if not errors:
            found.append(CheckIn(kind=kind, passed_on=days["passed_on"], expires_on=days.get("expires_on"), reference=reference))  # type: ignore[arg-type]
    if errors:
        raise InvalidInput(errors=tuple(errors))
    return found


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None
