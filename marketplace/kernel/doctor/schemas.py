"""Owns what the doctor says."""

from __future__ import annotations

from typing import Any

import msgspec


class Finding(msgspec.Struct, frozen=True):
    """One check: `rows` holds up to 20 of the rows that should not be there; `problem` says why a check could not be made."""

    package: str
    code: str
    title: str
    rows: list[dict[str, Any]]
    milliseconds: float
    problem: str = ""

    @property
    def is_well(self) -> bool:
        """Tell whether nothing was found."""
        return not self.rows and not self.problem


class Report(msgspec.Struct, frozen=True):
    """The whole examination. An unbound port is listed with what happens meanwhile, and is no fault."""

    is_well: bool
    checks: int
    findings: list[Finding]
    unbound_ports: list[str]
    pending_migrations: list[str]
