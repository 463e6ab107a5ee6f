"""Owns the front door of vendors."""

from marketplace.kernel.package import Package
from vendors.invariants import INVARIANTS
from vendors.stock.jobs import JOBS

PACKAGE = Package(
    name="vendors",
    roles={"supplier": ("owner", "catalogue", "sales", "fulfilment", "finance", "viewer")},
    jobs=JOBS,
    invariants=INVARIANTS,
)
