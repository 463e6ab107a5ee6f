"""Owns what the comparison brings to trade's front door."""

from marketplace.kernel.package import Policy
from marketplace.trade.compare.pages import ComparePages
from marketplace.trade.compare.routes import CompareController

ROUTERS = (CompareController,)
PAGES = (ComparePages,)
POLICIES = (
    Policy("GET /api/v1/products/{product_id:uuid}/comparison", ("anyone",), "catalogue:read", "product"),
    Policy("GET /api/v1/ranking", ("anyone",), "catalogue:read"),
    Policy("GET /products/{product_id:uuid}", ("anyone",), "", "product"),
    Policy("GET /products/{product_id:uuid}/comparison.csv", ("anyone",), "", "product"),
    Policy("GET /ranking", ("anyone",)),
)
