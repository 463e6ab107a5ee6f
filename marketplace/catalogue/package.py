"""The catalogue's front door: what it brings to the server, the worker and the command line."""

from marketplace.catalogue.products.routes import POLICIES as PRODUCT_POLICIES
from marketplace.catalogue.products.routes import ProductController
from marketplace.catalogue.taxonomy.routes import POLICIES as CATEGORY_POLICIES
from marketplace.catalogue.taxonomy.routes import CategoryController
from marketplace.kernel.package import Package

PACKAGE = Package(
    name="catalogue",
    routers=(ProductController, CategoryController),
    policies=(*PRODUCT_POLICIES, *CATEGORY_POLICIES),
)
