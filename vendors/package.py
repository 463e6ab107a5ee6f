"""Owns the front door of vendors."""

from marketplace.kernel.package import Package
from vendors.accounts import routes as accounts
from vendors.admission import pages as admission_pages
from vendors.admission import routes as admission
from vendors.desk import pages as desk_pages
from vendors.desk import routes as desk
from vendors.invariants import INVARIANTS
from vendors.sites import pages as site_pages
from vendors.sites import routes as sites
from vendors.stock.jobs import JOBS
from vendors.visibility import pages as visibility_pages
from vendors.visibility import routes as visibility

PACKAGE = Package(
    name="vendors",
    routers=(*accounts.ROUTERS, *admission.ROUTERS, *sites.ROUTERS, *desk.ROUTERS, *visibility.ROUTERS),
    pages=(*admission_pages.PAGES, *site_pages.PAGES, *desk_pages.PAGES, *visibility_pages.PAGES),
    policies=(
        *accounts.POLICIES,
        *admission.POLICIES,
        *sites.POLICIES,
        *desk.POLICIES,
        *admission_pages.POLICIES,
        *site_pages.POLICIES,
        *desk_pages.POLICIES,
        *visibility.POLICIES,
        *visibility_pages.POLICIES,
    ),
    nav=(*desk_pages.NAV, *visibility_pages.NAV, *site_pages.NAV),
    roles={"supplier": ("owner", "catalogue", "sales", "fulfilment", "finance", "viewer")},
    jobs=JOBS,
    invariants=INVARIANTS,
)
