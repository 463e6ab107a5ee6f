"""Owns the front door of the services around a trade."""

from marketplace.kernel.package import Package

PACKAGE = Package(name="services")


def bind_ports() -> None:
    """Bind what this package answers to the ports of the packages below: freight and duty as costs of a consignment."""
