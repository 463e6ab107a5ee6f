"""Makes the tables of offers, price versions and stock."""

from piccolo.columns import UUID, Array, BigInt, Boolean, Column, Integer, Numeric, SmallInt, Text, Timestamptz

from marketplace.kernel.migrations import ACTING, Migration, composite_key, grant, row_policy, tenant_policy

ID = "vendors_0002_offers"
VERSION = "1.38.0"
DESCRIPTION = "offers, offer keys, price versions, stock levels, movements and reservations"


def _key() -> UUID:
    return UUID(primary_key=True, default=None)


def _id(*, null: bool = False) -> UUID:
    return UUID(null=null, default=None)


def _text(default: str | None = None) -> Text:
    return Text(null=False, default=default)


def _count(default: int | None = None) -> BigInt:
    return BigInt(null=False, default=default)


def _moment(*, null: bool = False) -> Timestamptz:
    return Timestamptz(null=null, default=None)


def _offer_tables() -> dict[tuple[str, str], dict[str, Column]]:
    return {
        ("Offer", "offers"): {
            "product_id": _id(),
            "id": _key(),
            "supplier_id": _id(),
            "supplier_sku": _text(),
            "state": _text("approved"),
            "currency": _text(),
            "unit_code": _text("C62"),
            "moq": _count(1),
            "multiple": _count(1),
            "pack_size": _count(1),
            "lead_days": SmallInt(null=False, default=1),
            "incoterm": _text("EXW"),
            "origin_country": _text(),
            "condition": _text("new"),
            "site_id": _id(),
            "valid_from": _moment(),
            "valid_to": _moment(null=True),
            "allows_backorder": Boolean(null=False, default=False),
            "visibility": _text("public"),
            "version": _count(1),
            "created_at": _moment(),
            "updated_at": _moment(),
        },
        ("OfferKey", "offer_keys"): {"supplier_id": _key(), "sku_key": _text(), "product_id": _id(), "offer_id": _id()},
        ("PriceVersion", "price_versions"): {
            "id": _key(),
            "product_id": _id(),
            "offer_id": _id(),
            "seq": Integer(null=False, default=1),
            "valid_from": _moment(),
            "tier_from": Array(base_column=BigInt(), null=False, default=None),
            "tier_price": Array(base_column=Numeric(digits=(20, 6)), null=False, default=None),
            "actor": _text(),
            "created_at": _moment(),
        },
    }


def _stock_tables() -> dict[tuple[str, str], dict[str, Column]]:
    return {
        ("StockLevel", "stock_levels"): {
            "product_id": _id(),
            "offer_id": _key(),
            "site_id": _id(),
            "on_hand": _count(0),
            "reserved": _count(0),
            "safety": _count(0),
            "counted_at": _moment(),
            "short_since": _moment(null=True),
        },
        ("StockMovement", "stock_movements"): {
            "id": _key(),
            "product_id": _id(),
            "offer_id": _id(),
            "site_id": _id(),
            "kind": _text(),
            "quantity": _count(),
            "order_id": _id(null=True),
            "actor": _text(),
            "at": _moment(),
        },
        ("StockReservation", "stock_reservations"): {
            "id": _key(),
            "product_id": _id(),
            "offer_id": _id(),
            "site_id": _id(),
            "order_id": _id(),
            "order_line_id": _id(),
            "buyer_id": _id(),
            "supplier_id": _id(),
            "quantity": _count(),
            "state": _text("open"),
            "expires_at": _moment(null=True),
            "created_at": _moment(),
            "closed_at": _moment(null=True),
        },
    }


# Tiers are at most ten, so that ascending order is a plain expression: a function per row would halve the rate of a bulk load.
_ASCENDING = " AND ".join(f"(cardinality(tier_from) < {i + 1} OR tier_from[{i}] < tier_from[{i + 1}])" for i in range(1, 10))

OFFER_CONSTRAINTS = f"""
ALTER TABLE vendors.offers
  ADD FOREIGN KEY (product_id) REFERENCES catalogue.products (id),
  ADD FOREIGN KEY (supplier_id) REFERENCES vendors.suppliers (organisation_id),
  ADD CONSTRAINT offers_site_of_supplier FOREIGN KEY (supplier_id, site_id) REFERENCES vendors.sites (supplier_id, id),
  ADD CONSTRAINT offers_state CHECK (state IN ('draft', 'approved', 'paused', 'retired')),
  ADD CONSTRAINT offers_currency CHECK (currency ~ '^[A-Z]{{3}}$'),
  ADD CONSTRAINT offers_country CHECK (origin_country ~ '^[A-Z]{{2}}$'),
  ADD CONSTRAINT offers_quantities CHECK (moq BETWEEN 1 AND 1000000000000 AND multiple BETWEEN 1 AND 1000000000000 AND pack_size BETWEEN 1 AND 1000000000000),
  ADD CONSTRAINT offers_lead_days CHECK (lead_days BETWEEN 0 AND 730),
  ADD CONSTRAINT offers_incoterm CHECK (incoterm IN ('EXW', 'FCA', 'DAP', 'DDP')),
  ADD CONSTRAINT offers_condition CHECK (condition IN ('new', 'refurbished', 'used')),
  ADD CONSTRAINT offers_visibility CHECK (visibility IN ('public', 'login_required')),
  ADD CONSTRAINT offers_validity CHECK (valid_to > valid_from);
CREATE INDEX offers_supplier ON vendors.offers (supplier_id, id);
ALTER TABLE vendors.offer_keys
  ADD CONSTRAINT offer_keys_offer UNIQUE (product_id, offer_id),
  ADD FOREIGN KEY (product_id, offer_id) REFERENCES vendors.offers (product_id, id) ON DELETE CASCADE;
ALTER TABLE vendors.price_versions
  ADD FOREIGN KEY (product_id, offer_id) REFERENCES vendors.offers (product_id, id),
  ADD CONSTRAINT price_versions_id UNIQUE (id),
  ADD CONSTRAINT price_versions_seq CHECK (seq >= 1),
  ADD CONSTRAINT price_versions_shape CHECK (
    cardinality(tier_from) BETWEEN 1 AND 10 AND cardinality(tier_price) = cardinality(tier_from) AND array_ndims(tier_from) = 1
    AND array_ndims(tier_price) = 1 AND array_position(tier_from, NULL) IS NULL AND array_position(tier_price, NULL) IS NULL),
  ADD CONSTRAINT price_versions_tiers CHECK (tier_from[1] >= 1 AND {_ASCENDING}),
  ADD CONSTRAINT price_versions_prices CHECK (0 <= ALL (tier_price) AND 1e12 > ALL (tier_price));
CREATE INDEX price_versions_in_force ON vendors.price_versions (product_id, offer_id, valid_from DESC, seq DESC);
"""

STOCK_CONSTRAINTS = """
ALTER TABLE vendors.stock_levels
  ADD FOREIGN KEY (product_id, offer_id) REFERENCES vendors.offers (product_id, id),
  ADD FOREIGN KEY (site_id) REFERENCES vendors.sites (id),
  ADD CONSTRAINT stock_levels_quantities CHECK (on_hand >= 0 AND reserved >= 0 AND safety >= 0);
ALTER TABLE vendors.stock_movements
  ADD CONSTRAINT stock_movements_kind CHECK (kind IN ('opening', 'receipt', 'count', 'shipped', 'returned')),
  ADD CONSTRAINT stock_movements_sign CHECK (quantity <> 0 AND (kind = 'count' OR (quantity < 0) = (kind = 'shipped')));
CREATE INDEX stock_movements_level ON vendors.stock_movements (product_id, offer_id, site_id, at);
ALTER TABLE vendors.stock_reservations
  ADD FOREIGN KEY (product_id, offer_id, site_id) REFERENCES vendors.stock_levels (product_id, offer_id, site_id),
  ADD CONSTRAINT stock_reservations_quantity CHECK (quantity > 0),
  ADD CONSTRAINT stock_reservations_state CHECK (state IN ('open', 'shipped', 'released', 'expired') AND (state = 'open') = (closed_at IS NULL));
CREATE INDEX stock_reservations_order ON vendors.stock_reservations (order_id);
CREATE INDEX stock_reservations_level ON vendors.stock_reservations (product_id, offer_id, site_id) WHERE state = 'open';
CREATE INDEX stock_reservations_due ON vendors.stock_reservations (expires_at) WHERE state = 'open';
"""

# A movement tells what a supplier has sold; whose it is, its offer says.
OWN_MOVEMENT = (
    "EXISTS (SELECT FROM vendors.offers o WHERE o.product_id = stock_movements.product_id AND o.id = stock_movements.offer_id "
    f"AND o.supplier_id = {ACTING})"
)


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="vendors", description=DESCRIPTION)
    migration.tables(_offer_tables() | _stock_tables())
    migration.after(
        composite_key("vendors", "offers", "product_id", "id"),
        composite_key("vendors", "offer_keys", "supplier_id", "sku_key"),
        composite_key("vendors", "price_versions", "product_id", "offer_id", "seq"),
        composite_key("vendors", "stock_levels", "product_id", "offer_id", "site_id"),
        OFFER_CONSTRAINTS,
        STOCK_CONSTRAINTS,
        grant("vendors", "offers", "SELECT, INSERT, UPDATE"),
        grant("vendors", "offer_keys"),
        grant("vendors", "price_versions", "SELECT, INSERT"),
        grant("vendors", "stock_levels", "SELECT, INSERT, UPDATE"),
        grant("vendors", "stock_movements", "SELECT, INSERT"),
        grant("vendors", "stock_reservations", "SELECT, INSERT, UPDATE"),
        row_policy("vendors", "stock_movements", OWN_MOVEMENT),
        tenant_policy("vendors", "stock_reservations", "buyer_id", "supplier_id"),
    )
    return migration
