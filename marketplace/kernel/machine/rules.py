"""Owns the old address of Machine, which stands in `schemas` for every room to import."""

from marketplace.kernel.machine.schemas import Machine

__all__ = ["Machine"]
