"""Owns what can go wrong with schemas of attributes."""

from __future__ import annotations

from marketplace.kernel.errors import InvalidInput


class BadSchema(InvalidInput):
    """The attributes cannot be used"""

    code = "bad-schema"
    message = "The attributes cannot be used as they are; each point is listed."


class NothingChanged(InvalidInput):
    """Nothing would change"""

    status = 409
    code = "nothing-changed"
    message = "These are the attributes that count already; there is nothing to publish."
