"""Owns the front door of buyers."""

from buyers.addresses import pages as address_pages
from buyers.addresses import routes as addresses
from buyers.companies import pages as company_pages
from buyers.companies import routes as companies
from buyers.units import pages as unit_pages
from buyers.units import routes as units
from marketplace.kernel.package import Package

DOORS = (companies, units, addresses)
PAGES = (company_pages, unit_pages, address_pages)
PACKAGE = Package(
    name="buyers",
    routers=tuple(router for door in DOORS for router in door.ROUTERS),
    pages=tuple(page for door in PAGES for page in door.PAGES),
    policies=tuple(policy for door in (*DOORS, *PAGES) for policy in door.POLICIES),
    nav=(*address_pages.NAV, *company_pages.NAV),
    roles={"buyer": ("owner", "purchaser", "viewer")},
)
