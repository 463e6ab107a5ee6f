"""Owns what can go wrong with sorting."""

from marketplace.kernel.errors import DomainError


class RuleExists(DomainError):
    """This rule is published already"""

    status = 409
    code = "sorting-rule-exists"
    message = "A rule with these words and this category is there already; switch it on or change its place instead."
