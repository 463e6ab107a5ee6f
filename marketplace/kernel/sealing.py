"""Owns sealing: small secrets encrypted and bound to their purpose with a key derived from SECRET_KEY (AES-256-GCM, HKDF-SHA-256)."""

from __future__ import annotations

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12
SECRET_KEY_CHARACTERS_MIN = 16


class SealBroken(Exception):
    """What was given was not sealed here, for this purpose, with this key."""


class _State:
    """The key of this process, derived once."""

    cipher: AESGCM | None = None


def set_key(secret_key: str) -> None:
    """Derive the sealing key from SECRET_KEY; `assemble` calls it once, before anything is sealed.

    A short key is the installation's mistake and stops the start.
    """
    if len(secret_key) < SECRET_KEY_CHARACTERS_MIN:
        raise ValueError(f"SECRET_KEY takes at least {SECRET_KEY_CHARACTERS_MIN} characters of random text")
    material = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"marketplace sealing v1").derive(secret_key.encode())
    _State.cipher = AESGCM(material)


def seal(plain: bytes, *, purpose: str) -> bytes:
    """Encrypt and authenticate; the purpose is bound in, so that what was sealed for one use opens for no other."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + _cipher().encrypt(nonce, plain, purpose.encode())


def unseal(sealed: bytes, *, purpose: str) -> bytes:
    """Open what `seal` closed. Raises: SealBroken."""
    try:
        return _cipher().decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], purpose.encode())
    except (InvalidTag, ValueError):
        raise SealBroken from None


def seal_text(plain: bytes, *, purpose: str) -> str:
    """Seal into URL-safe text, for a form field or a cookie."""
    return base64.urlsafe_b64encode(seal(plain, purpose=purpose)).decode().rstrip("=")


def unseal_text(text: str, *, purpose: str) -> bytes:
    """Open what `seal_text` closed. Raises: SealBroken."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise SealBroken from None
    return unseal(raw, purpose=purpose)


def _cipher() -> AESGCM:
    if _State.cipher is None:
        from marketplace.kernel.settings import load  # noqa: PLC0415 - only where nobody assembled the application, such as a script

        set_key(load().secret_key)
    assert _State.cipher is not None
    return _State.cipher
