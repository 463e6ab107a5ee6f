"""Owns the front door of trade: what its rooms bring to the server, the worker and the command line."""

from __future__ import annotations

from marketplace.kernel.package import Package

PACKAGE = Package(name="trade")
