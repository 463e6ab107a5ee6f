"""Owns what can go wrong with freight and duty tables."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError


class BadFreightTable(DomainError):
    """The freight table cannot be used"""

    status = 422
    code = "bad-freight-table"
    message = "Each zone needs an area and rates that ascend in weight, and each area stands once; see zone {zone}."
