"""The catalogue's front door: what it brings to the server, the worker and the command line."""

from typing import Any

from marketplace.catalogue.approval import pages as approval_pages
from marketplace.catalogue.approval import routes as approval_routes
from marketplace.catalogue.attributes import pages as attribute_pages
from marketplace.catalogue.attributes import routes as attribute_routes
from marketplace.catalogue.corrections import pages as correction_pages
from marketplace.catalogue.corrections import pages_rules as sorting_pages
from marketplace.catalogue.corrections import routes as correction_routes
from marketplace.catalogue.exports import pages as export_pages
from marketplace.catalogue.exports import routes as export_routes
from marketplace.catalogue.imports import jobs as import_jobs
from marketplace.catalogue.imports import pages as import_pages
from marketplace.catalogue.imports import routes as import_routes
from marketplace.catalogue.matches import handlers as match_handlers
from marketplace.catalogue.matches import jobs as match_jobs
from marketplace.catalogue.matches import pages as match_pages
from marketplace.catalogue.matches import routes as match_routes
from marketplace.catalogue.numbers import jobs as number_jobs
from marketplace.catalogue.numbers import pages as number_pages
from marketplace.catalogue.numbers import routes as number_routes
from marketplace.catalogue.products import pages as product_pages
from marketplace.catalogue.products import routes as product_routes
from marketplace.catalogue.proposal_files import pages as proposal_file_pages
from marketplace.catalogue.proposal_files import routes as proposal_file_routes
from marketplace.catalogue.proposals import pages as proposal_pages
from marketplace.catalogue.proposals import pages_operator as proposal_pages_operator
from marketplace.catalogue.proposals import routes as proposal_routes
from marketplace.catalogue.proposals import routes_operator as proposal_routes_operator
from marketplace.catalogue.sorting import handlers as sorting_handlers
from marketplace.catalogue.sorting import jobs as sorting_jobs
from marketplace.catalogue.taxonomy import pages as category_pages
from marketplace.catalogue.taxonomy import routes as category_routes
from marketplace.catalogue.taxonomy import routes_operator as category_routes_operator
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
        "SELECT id FROM catalogue.import_runs WHERE state = 'applied' AND created_count + updated_count + unchanged_count + failed_count > position",
    ),
    Invariant(
        "MT1",
        "A product that was merged leads in one step to one that stands for itself",
        "SELECT p.id FROM catalogue.products p JOIN catalogue.products k ON k.id = p.moved_to WHERE k.moved_to IS NOT NULL",
    ),
    Invariant(
        "MT2",
        "Every product that leads to another was merged, and every merge that stands has its product lead on",
        "SELECT p.id FROM catalogue.products p WHERE p.moved_to IS NOT NULL "
        "AND NOT EXISTS (SELECT FROM catalogue.merges m WHERE m.gone_id = p.id AND m.undone_at IS NULL) "
        "UNION SELECT m.gone_id FROM catalogue.merges m JOIN catalogue.products p ON p.id = m.gone_id WHERE m.undone_at IS NULL AND p.moved_to IS NULL",
    ),
    Invariant(
        "MT3",
        "A product that is kept is found by every number of those that were merged into it",
        "SELECT p.moved_to FROM catalogue.products p JOIN catalogue.product_identifiers i ON i.product_id = p.id WHERE p.moved_to IS NOT NULL "
        "AND NOT EXISTS (SELECT FROM catalogue.product_identifiers k WHERE k.product_id = p.moved_to AND k.scheme = i.scheme AND k.value = i.value)",
    ),
    Invariant(
        "SO1",
        "A product that stands by a rule stands in the category of that rule",
        "SELECT s.product_id FROM catalogue.product_sortings s JOIN catalogue.sorting_rules r ON r.id = s.rule_id WHERE s.category_id <> r.category_id",
    ),
    Invariant(
        "SO2",
        "Where an operator placed a product is what the last correction of it says",
        "SELECT s.product_id FROM catalogue.product_sortings s LEFT JOIN LATERAL (SELECT to_category FROM catalogue.sorting_corrections c "
        "WHERE c.product_id = s.product_id ORDER BY c.id DESC LIMIT 1) c ON true WHERE s.decided_by = 'operator' "
        "AND s.evidence ->> 'how' IS DISTINCT FROM 'change set' AND c.to_category IS DISTINCT FROM s.category_id",
    ),
    Invariant(
        "PR1",
        "Every field of a change set that was accepted stands in the history of its product, or of the one that it was merged into",
        "SELECT p.id FROM catalogue.proposals p CROSS JOIN LATERAL jsonb_array_elements_text(p.accepted_fields) f (field) WHERE p.state = 'accepted' "
        "AND NOT EXISTS (SELECT FROM catalogue.product_changes c WHERE c.proposal_id = p.id AND c.field = f.field "
        "AND (c.product_id = p.product_id OR EXISTS (SELECT FROM catalogue.merges m WHERE m.kept_id = c.product_id)))",
    ),
    Invariant(
        "PR2",
        "The history of a product holds only what was accepted, and each field of a change set once",
        "SELECT c.proposal_id FROM catalogue.product_changes c LEFT JOIN catalogue.proposals p ON p.id = c.proposal_id "
        "WHERE p.state IS DISTINCT FROM 'accepted' OR NOT jsonb_exists(p.accepted_fields, c.field) "
        "UNION SELECT proposal_id FROM catalogue.product_changes GROUP BY proposal_id, field HAVING count(*) > 1",
    ),
    Invariant(
        "PR3",
        "What was answered had been sent back, to the same supplier",
        "SELECT a.id FROM catalogue.proposals a JOIN catalogue.proposals p ON p.id = a.answers_id "
        "WHERE p.state <> 'revision' OR p.organisation_id <> a.organisation_id",
    ),
)

# One line for each room, so that rooms that come at the same time do not meet in one line.
ROUTES: tuple[Any, ...] = (
    import_routes,
    export_routes,
    approval_routes,
    match_routes,
    proposal_routes,
    proposal_routes_operator,
    category_routes_operator,
    attribute_routes,
    proposal_file_routes,
    number_routes,
    correction_routes,
)
PAGES: tuple[Any, ...] = (
    import_pages,
    export_pages,
    approval_pages,
    match_pages,
    proposal_pages,
    proposal_pages_operator,
    category_pages,
    attribute_pages,
    proposal_file_pages,
    number_pages,
    correction_pages,
    sorting_pages,
)
NAVIGATION: tuple[Any, ...] = (
    match_pages,
    import_pages,
    proposal_pages,
    proposal_pages_operator,
    category_pages,
    number_pages,
    correction_pages,
)

PACKAGE = Package(
    name="catalogue",
    routers=(product_routes.ProductController, category_routes.CategoryController, *(router for room in ROUTES for router in room.ROUTERS)),
    pages=(product_pages.ProductPages, *(page for room in PAGES for page in room.PAGES)),
    policies=(
        *product_routes.POLICIES,
        *category_routes.POLICIES,
        *product_pages.POLICIES,
        *(policy for room in (*ROUTES, *PAGES) for policy in room.POLICIES),
    ),
    nav=tuple(nav for room in NAVIGATION for nav in room.NAV),
    jobs=(*type_jobs.JOBS, *import_jobs.JOBS, *match_jobs.JOBS, *number_jobs.JOBS, *sorting_jobs.JOBS),
    handlers=(*match_handlers.HANDLERS, *sorting_handlers.HANDLERS),
    invariants=INVARIANTS,
)
