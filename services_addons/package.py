"""Owns the front door of the services around a trade."""

from marketplace.kernel.package import Package
from marketplace.trade.landed.ports import COST_SOURCES
from services_addons.logistics.routes import POLICIES, ROUTERS
from services_addons.logistics.service import DutySource, FreightSource

PACKAGE = Package(name="services", routers=ROUTERS, policies=POLICIES)


def bind_ports() -> None:
    """Bind what this package answers to the ports of the packages below: freight and duty as costs of a consignment."""
    COST_SOURCES.bind(FreightSource(), DutySource())
