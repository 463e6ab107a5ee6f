"""Owns the shapes of what is asked of attributes: faults, versions of a schema, and what a version breaks."""

from __future__ import annotations

from typing import Any

import msgspec


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with one attribute of a product. `code` is one of FAULTS; `message` is an English msgid with {named} `params`."""

    key: str
    code: str
    message: str
    params: dict[str, Any] = {}
