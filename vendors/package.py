"""Owns the front door of vendors."""

from marketplace.kernel.package import Package
from vendors.accounts import routes as accounts
from vendors.desk import routes as desk
from vendors.invariants import INVARIANTS
from vendors.sites import routes as sites
from vendors.stock.jobs import JOBS

PACKAGE = Package(
    name="vendors",
    routers=(*accounts.ROUTERS, *sites.ROUTERS, *desk.ROUTERS),
    policies=(*accounts.POLICIES, *sites.POLICIES, *desk.POLICIES),
    roles={"supplier": ("owner", "catalogue", "sales", "fulfilment", "finance", "viewer")},
    jobs=JOBS,
    invariants=INVARIANTS,
)
