"""The catalogue's front door: what it brings to the server, the worker and the command line."""

from marketplace.catalogue.products import pages as product_pages
from marketplace.catalogue.products import routes as product_routes
from marketplace.catalogue.taxonomy import routes as category_routes
from marketplace.kernel.package import Package

PACKAGE = Package(
    name="catalogue",
    routers=(product_routes.ProductController, category_routes.CategoryController),
    pages=(product_pages.ProductPages,),
    policies=(*product_routes.POLICIES, *category_routes.POLICIES, *product_pages.POLICIES),
)
