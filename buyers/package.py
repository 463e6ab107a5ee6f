"""Owns the front door of buyers."""

from buyers.addresses import routes as addresses
from buyers.companies import routes as companies
from buyers.units import routes as units
from marketplace.kernel.package import Package

DOORS = (companies, units, addresses)
PACKAGE = Package(
    name="buyers",
    routers=tuple(router for door in DOORS for router in door.ROUTERS),
    policies=tuple(policy for door in DOORS for policy in door.POLICIES),
    roles={"buyer": ("owner", "purchaser", "viewer")},
)
