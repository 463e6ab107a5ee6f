"""Owns the rules of certificates: the words and dates of one as stated. Pure."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from marketplace.kernel.errors import FieldError, InvalidInput
from marketplace.kernel.names import unseen
from vendors.certificates.schemas import CertificateIn

if TYPE_CHECKING:
    from vendors.certificates.schemas import CertificateForm

FIRST_DAY: Final = date(1990, 1, 1)
LAST_DAY: Final = date(2100, 12, 31)


def typed(form: CertificateForm) -> CertificateIn:
    """Give the certificate that a form describes. Raises: InvalidInput where no day of issue was typed."""
    if form.issued_on is None:
        raise InvalidInput(errors=(*_words(form.kind, form.number, form.issuer, form.note)[1], FieldError("/issued_on", "missing", "Give the day.")))
    return CertificateIn(kind=form.kind, number=form.number, issuer=form.issuer, issued_on=form.issued_on, expires_on=form.expires_on, note=form.note)


def checked(sent: CertificateIn, *, today: date) -> CertificateIn:
    """Give the certificate as it is stored. Raises: InvalidInput for each word that is blank or hides something, and each day out of order."""
    words, errors = _words(sent.kind, sent.number, sent.issuer, sent.note)
    if not FIRST_DAY <= sent.issued_on <= today:
        errors.append(FieldError("/issued_on", "not-past", "A certificate was issued today or earlier."))
    if sent.expires_on is not None and not sent.issued_on < sent.expires_on <= LAST_DAY:
        errors.append(FieldError("/expires_on", "ends-before-start", "A certificate ends after the day on which it was issued."))
    if errors:
        raise InvalidInput(errors=tuple(errors))
    kind, number, issuer, note = words
    return CertificateIn(kind=kind, number=number, issuer=issuer, issued_on=sent.issued_on, expires_on=sent.expires_on, note=note)


def _words(kind: str, number: str, issuer: str, note: str) -> tuple[list[str], list[FieldError]]:
    named = (("/kind", kind, True), ("/number", number, True), ("/issuer", issuer, True), ("/note", note, False))
    words, errors = [], []
    for pointer, text, is_needed in named:
        word = " ".join(text.split())
        if is_needed and not word:
            errors.append(FieldError(pointer, "empty", "Fill this in."))
        elif not word.isprintable():
            errors.append(unseen(pointer))
        words.append(word)
    return words, errors
