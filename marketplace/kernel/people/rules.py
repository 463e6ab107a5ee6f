"""Owns the rules of e-mail addresses and of time-based codes (RFC 6238). Pure."""

from __future__ import annotations

import hmac
import re
import unicodedata
from typing import TYPE_CHECKING, Final

import pyotp

from marketplace.kernel.errors import FieldError, InvalidInput
from marketplace.kernel.names import is_mixed_script, skeleton
from marketplace.kernel.people.schemas import Email

if TYPE_CHECKING:
    from datetime import datetime

EMAIL_CHARACTERS_MAX: Final = 254
LOCAL_CHARACTERS_MAX: Final = 64
STEP_SECONDS: Final = 30
LOCALES: Final = ("en", "vi", "ar")
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII)
_HOST = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+([a-z]{2,63}|xn--[a-z0-9-]{1,59})", re.ASCII)
_CODE = re.compile(r"[0-9]{6}", re.ASCII)
_BASE32 = re.compile(r"[A-Z2-7]{16,128}", re.ASCII)


def parse_email(value: str, *, pointer: str) -> Email:
    """Read one e-mail address: ASCII before the at sign, a domain with a dot behind it, at most 254 characters.

    The domain becomes ASCII (IDNA 2008, UTS 46). A label that mixes scripts, or looks like ASCII in letters of another script, is refused.
    `a+tag@…` stays its own address. The canonical form is case-folded here, never by the database.
    Raises: InvalidInput.
    """
    text = value.strip(" ")
    local, at, domain = text.rpartition("@")
    if len(text) > EMAIL_CHARACTERS_MAX or not at or not _LOCAL.fullmatch(local) or len(local) > LOCAL_CHARACTERS_MAX:
        raise _bad_email(pointer)
    host = _ascii_host(domain, pointer)
    address = f"{local}@{host}"
    if not _HOST.fullmatch(host) or len(address) > EMAIL_CHARACTERS_MAX:
        raise _bad_email(pointer)
    return Email(address, address.casefold())


def _ascii_host(domain: str, pointer: str) -> str:
    if domain.isascii() and "xn--" not in domain.lower():
        return domain.lower()
    import idna  # noqa: PLC0415 - its tables are large, and few addresses need them

    try:
        host: str = idna.encode(domain, uts46=True).decode().lower()
        labels = idna.decode(host).split(".")
    except (idna.IDNAError, UnicodeError):
        raise _bad_email(pointer) from None
    for label in labels:
        if not label.isascii() and (is_mixed_script(label) or skeleton(label).isascii()):
            error = FieldError(pointer, "confusable-name", "The domain of this address looks like another one.")
            raise InvalidInput(errors=(error,))
    return host


def _bad_email(pointer: str) -> InvalidInput:
    return InvalidInput(errors=(FieldError(pointer, "bad-email", "Give one e-mail address, such as name@company.example."),))


def check_locale(locale: str, *, pointer: str) -> str:
    """Give the locale if the pages speak it. Raises: InvalidInput."""
    if locale not in LOCALES:
        raise InvalidInput(errors=(FieldError(pointer, "unknown-locale", "Choose one of the languages listed."),))
    return locale


def check_totp_secret(secret: str, *, pointer: str) -> str:
    """Give a Base32 secret in capitals without spaces. Raises: InvalidInput."""
    cleaned = secret.replace(" ", "").upper()
    if not _BASE32.fullmatch(cleaned):
        raise InvalidInput(errors=(FieldError(pointer, "bad-secret", "The secret is 16 to 128 characters of Base32."),))
    return cleaned


def new_totp_secret() -> str:
    """Make a secret of 160 bits in Base32."""
    return pyotp.random_base32()


def totp_uri(secret: str, *, account: str, issuer: str) -> str:
    """Give the otpauth address that authenticator apps read."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


def matching_step(secret: str, code: str, *, now: datetime) -> int | None:
    """Tell which time step a code belongs to: the present one or a neighbour of 30 s; None when it fits none."""
    typed = unicodedata.normalize("NFKC", code).replace(" ", "")
    if not _CODE.fullmatch(typed):
        return None
    totp = pyotp.TOTP(secret)
    present = int(now.timestamp()) // STEP_SECONDS
    found = None
    for step in (present - 1, present, present + 1):
        if hmac.compare_digest(totp.generate_otp(step), typed):
            found = step
    return found
