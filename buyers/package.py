"""Owns the front door of buyers."""

from marketplace.kernel.package import Package

PACKAGE = Package(name="buyers", roles={"buyer": ("owner", "purchaser", "viewer")})
