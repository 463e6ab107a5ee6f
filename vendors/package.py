"""Owns the front door of vendors."""

from marketplace.kernel.package import Package
from marketplace.kernel.ports import SUPPLIER_STATES
from vendors.admission import pages as admission_pages
from vendors.admission import routes as admission
from vendors.certificates import pages as certificate_pages
from vendors.certificates import routes as certificates
from vendors.desk import pages as desk_pages
from vendors.desk import pages_prices as price_pages
from vendors.desk import routes as desk
from vendors.disputes import pages as dispute_pages
from vendors.disputes import routes as disputes
from vendors.exports import pages as export_pages
from vendors.exports import routes as exports
from vendors.imports import pages as import_pages
from vendors.imports import routes as imports
from vendors.imports.jobs import JOBS as IMPORT_JOBS
from vendors.invariants import INVARIANTS
from vendors.life import jobs as life_jobs
from vendors.life import pages as life_pages
from vendors.life import routes as life
from vendors.life.service import Lives
from vendors.moves import handlers as move_handlers
from vendors.moves import jobs as move_jobs
from vendors.prices import routes as prices
from vendors.profile import pages as profile_pages
from vendors.profile import pages_operator as profile_pages_operator
from vendors.profile import routes as profile
from vendors.sites import pages as site_pages
from vendors.sites import routes as sites
from vendors.stock.jobs import JOBS
from vendors.visibility import pages as visibility_pages
from vendors.visibility import routes as visibility

# One line for each room, so that rooms that come at the same time do not meet in one line.
ROUTES = (
    admission,
    sites,
    desk,
    prices,
    visibility,
    life,
    certificates,
    profile,
    imports,
    exports,
    disputes,
)
PAGES = (
    admission_pages,
    site_pages,
    desk_pages,
    price_pages,
    visibility_pages,
    life_pages,
    certificate_pages,
    profile_pages,
    profile_pages_operator,
    import_pages,
    export_pages,
    dispute_pages,
)
NAVIGATION = (
    dispute_pages,
    desk_pages,
    import_pages,
    visibility_pages,
    site_pages,
    profile_pages,
    profile_pages_operator,
    certificate_pages,
)


def bind_ports() -> None:
    """Answer what lower packages ask of suppliers."""
    SUPPLIER_STATES.bind(Lives())


PACKAGE = Package(
    name="vendors",
    routers=tuple(router for room in ROUTES for router in room.ROUTERS),
    pages=tuple(page for room in PAGES for page in room.PAGES),
    policies=tuple(policy for room in (*ROUTES, *PAGES) for policy in room.POLICIES),
    nav=tuple(nav for room in NAVIGATION for nav in room.NAV),
    roles={"supplier": ("owner", "catalogue", "sales", "fulfilment", "finance", "viewer")},
    jobs=(*JOBS, *life_jobs.JOBS, *IMPORT_JOBS, *move_jobs.JOBS),
    handlers=move_handlers.HANDLERS,
    invariants=INVARIANTS,
)
