"""The catalogue's front door: what it brings to the server, the worker and the command line."""

from marketplace.catalogue.products import pages as product_pages
from marketplace.catalogue.products import routes as product_routes
from marketplace.catalogue.taxonomy import routes as category_routes
from marketplace.catalogue.types import jobs as type_jobs
from marketplace.kernel.package import Invariant, Package

INVARIANTS = (
    Invariant(
        "K1",
        "Every category stands under itself and under all ancestors of its parent, one step deeper",
        "SELECT c.id FROM catalogue.categories c WHERE NOT EXISTS (SELECT FROM catalogue.category_descendants d "
        "WHERE d.ancestor_id = c.id AND d.category_id = c.id AND d.depth = 0) "
        "UNION SELECT c.id FROM catalogue.categories c JOIN catalogue.category_descendants up ON up.category_id = c.parent_id "
        "LEFT JOIN catalogue.category_descendants d ON d.ancestor_id = up.ancestor_id AND d.category_id = c.id AND d.depth = up.depth + 1 "
        "WHERE d.category_id IS NULL",
    ),
    Invariant(
        "K2",
        "A product with a GTIN is found by it",
        "SELECT p.id FROM catalogue.products p WHERE p.gtin IS NOT NULL AND NOT EXISTS (SELECT FROM catalogue.product_identifiers i "
        "WHERE i.product_id = p.id AND i.scheme = 'gtin' AND i.value = ltrim(p.gtin, '0'))",
    ),
    Invariant(
        "K3",
        "The lines of a finished import are all accounted for",
        "SELECT id FROM catalogue.import_runs WHERE state = 'finished' AND created_count + updated_count + unchanged_count + failed_count > position",
    ),
)

PACKAGE = Package(
    name="catalogue",
    routers=(product_routes.ProductController, category_routes.CategoryController),
    pages=(product_pages.ProductPages,),
    policies=(*product_routes.POLICIES, *category_routes.POLICIES, *product_pages.POLICIES),
    jobs=type_jobs.JOBS,
    invariants=INVARIANTS,
)
