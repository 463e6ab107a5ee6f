"""The catalogue's front door: what it brings to the server, the worker and the command line."""

from marketplace.kernel.package import Package

PACKAGE = Package(name="catalogue")
