"""Owns the front door of the services around a trade."""

from marketplace.kernel.package import Package
from marketplace.trade.landed.ports import COST_SOURCES
from services_addons.duty import pages as duty_pages
from services_addons.duty import routes as duty_routes
from services_addons.duty.service import DutySource
from services_addons.invariants import INVARIANTS
from services_addons.logistics import pages, pages_asked, pages_files, routes
from services_addons.logistics.handlers import HANDLERS
from services_addons.logistics.service import FreightSource

PACKAGE = Package(
    name="services",
    routers=(*routes.ROUTERS, *duty_routes.ROUTERS),
    pages=(*pages.PAGES, *pages_files.PAGES, *pages_asked.PAGES, *duty_pages.PAGES),
    policies=(*routes.POLICIES, *pages.POLICIES, *pages_files.POLICIES, *pages_asked.POLICIES, *duty_routes.POLICIES, *duty_pages.POLICIES),
    handlers=HANDLERS,
    invariants=INVARIANTS,
    nav=(*pages.NAV, *pages_files.NAV, *duty_pages.NAV),
)


def bind_ports() -> None:
    """Bind what this package answers to the ports of the packages below: freight and duty as costs of a consignment."""
    COST_SOURCES.bind(FreightSource(), DutySource())
