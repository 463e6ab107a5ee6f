"""Owns what can go wrong with certificates."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError


class CertificateKnown(DomainError):
    """This certificate is listed already"""

    status = 409
    code = "certificate-known"
    message = "A certificate of this kind with the number {number} is listed already."


class TooManyCertificates(DomainError):
    """There are too many certificates"""

    status = 409
    code = "too-many-certificates"
    message = "A supplier lists at most {limit} certificates."


class CertificateClosed(DomainError):
    """This certificate is closed"""

    status = 409
    code = "certificate-closed"
    message = "The certificate was confirmed or withdrawn meanwhile; look at it again."
