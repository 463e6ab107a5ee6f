"""Owns what can go wrong with approval rules."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError


class RuleKnown(DomainError):
    """There is such a rule already"""

    status = 409
    code = "rule-known"
    message = "A rule for this field and supplier is in force already; end it first."


class RuleEnded(DomainError):
    """This rule has ended"""

    status = 409
    code = "rule-ended"
    message = "The rule was ended already."
