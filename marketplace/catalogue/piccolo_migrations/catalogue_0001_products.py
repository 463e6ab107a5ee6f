"""Makes the catalogue: units of UN/ECE Recommendation 20 (packs by Recommendation 21), the category tree, products and imports."""

import json

from piccolo.columns import JSONB, UUID, BigInt, Boolean, Column, Integer, SmallInt, Text, Timestamptz

from marketplace.kernel.migrations import Migration

ID = "catalogue_0001_products"
VERSION = "1.38.0"
DESCRIPTION = "units, categories, products, imports"


SQL = """
GRANT SELECT ON catalogue.units TO marketplace_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON catalogue.categories, catalogue.category_descendants, catalogue.category_attributes TO marketplace_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON catalogue.products, catalogue.product_texts, catalogue.product_identifiers TO marketplace_app;
GRANT SELECT, INSERT, UPDATE ON catalogue.import_runs TO marketplace_app;
GRANT SELECT, INSERT ON catalogue.import_errors TO marketplace_app;
ALTER TABLE catalogue.units ADD CHECK (decimals BETWEEN 0 AND 3), ADD CHECK (code ~ '^[A-Z0-9]{2,3}$'), ADD CHECK (names ? 'en');
ALTER TABLE catalogue.categories ADD FOREIGN KEY (parent_id) REFERENCES catalogue.categories (id),
  ADD CHECK (parent_id <> id),
  ADD CHECK (names ? 'en'),
  ADD CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 80 AND slug <> 'unsorted'),
  ADD CHECK (typical_weight_grams > 0),
  ADD CHECK (hs_prefix ~ '^[0-9]{2,10}$');
CREATE INDEX categories_by_parent ON catalogue.categories (parent_id, position);
ALTER TABLE catalogue.category_descendants DROP CONSTRAINT category_descendants_pkey,
  ADD PRIMARY KEY (ancestor_id, category_id),
  ADD FOREIGN KEY (ancestor_id) REFERENCES catalogue.categories (id) ON DELETE CASCADE,
  ADD FOREIGN KEY (category_id) REFERENCES catalogue.categories (id) ON DELETE CASCADE,
  ADD CHECK (depth >= 0);
CREATE INDEX category_descendants_upwards ON catalogue.category_descendants (category_id);
ALTER TABLE catalogue.category_attributes DROP CONSTRAINT category_attributes_pkey,
  ADD PRIMARY KEY (category_id, key),
  ADD FOREIGN KEY (category_id) REFERENCES catalogue.categories (id) ON DELETE CASCADE,
  ADD CHECK (kind IN ('text', 'number', 'bool'));
ALTER TABLE catalogue.products ADD UNIQUE (source, source_id),
  ADD FOREIGN KEY (category_id) REFERENCES catalogue.categories (id),
  ADD FOREIGN KEY (unit_code) REFERENCES catalogue.units (code),
  ADD CHECK (state IN ('draft', 'published', 'retired')),
  ADD CONSTRAINT products_gtin_check CHECK (CASE WHEN gtin ~ '^[0-9]{14}$' THEN (3 * (substr(gtin, 1, 1)::int + substr(gtin, 3, 1)::int + substr(gtin, 5, 1)::int + substr(gtin, 7, 1)::int + substr(gtin, 9, 1)::int + substr(gtin, 11, 1)::int + substr(gtin, 13, 1)::int)
    + substr(gtin, 2, 1)::int + substr(gtin, 4, 1)::int + substr(gtin, 6, 1)::int + substr(gtin, 8, 1)::int + substr(gtin, 10, 1)::int + substr(gtin, 12, 1)::int + substr(gtin, 14, 1)::int) % 10 = 0 ELSE gtin IS NULL END),
  ADD CHECK (weight_grams > 0),
  ADD CHECK (volume_cm3 > 0),
  ADD CHECK (jsonb_typeof(attributes) = 'object'),
  ADD CHECK (title <> '' AND length(title) <= 500),
  ADD CHECK (length(description) <= 20000);
CREATE INDEX products_by_category ON catalogue.products (category_id, id) WHERE state = 'published';
ALTER TABLE catalogue.product_texts DROP CONSTRAINT product_texts_pkey,
  ADD PRIMARY KEY (product_id, locale),
  ADD FOREIGN KEY (product_id) REFERENCES catalogue.products (id) ON DELETE CASCADE,
  ADD CHECK (title <> '');
ALTER TABLE catalogue.product_identifiers DROP CONSTRAINT product_identifiers_pkey,
  ADD PRIMARY KEY (product_id, scheme, value),
  ADD FOREIGN KEY (product_id) REFERENCES catalogue.products (id) ON DELETE CASCADE,
  ADD CHECK (scheme IN ('gtin', 'part_number', 'source_id')),
  ADD CHECK (value <> '');
CREATE INDEX product_identifiers_by_value ON catalogue.product_identifiers (value COLLATE "C");
ALTER TABLE catalogue.import_runs ADD CHECK (state IN ('running', 'finished', 'failed')), ADD CHECK (position >= 0);
CREATE INDEX import_runs_by_file ON catalogue.import_runs (source, file_sha256, started_at);
ALTER TABLE catalogue.import_errors ADD FOREIGN KEY (run_id) REFERENCES catalogue.import_runs (id);
CREATE INDEX import_errors_by_run ON catalogue.import_errors (run_id, line);
"""

# Code, decimals, symbol, and the names as they stand after a quantity in English, Vietnamese and Arabic.
UNITS = (
    ("C62", 0, "pc", "pieces", "cái", "قطعة"),
    ("H87", 0, "pc", "pieces", "chiếc", "قطعة"),
    ("PR", 0, "pr", "pairs", "đôi", "زوج"),
    ("SET", 0, "set", "sets", "bộ", "طقم"),
    ("KT", 0, "kit", "kits", "bộ dụng cụ", "عدة"),
    ("XPK", 0, "pack", "packs", "gói", "عبوة"),
    ("XBX", 0, "box", "boxes", "hộp", "صندوق"),
    ("XCT", 0, "ctn", "cartons", "thùng", "كرتون"),
    ("XRO", 0, "roll", "rolls", "cuộn", "لفة"),
    ("XPX", 0, "plt", "pallets", "pa-lét", "منصة نقالة"),
    ("XBG", 0, "bag", "bags", "túi", "كيس"),
    ("DZN", 0, "dz", "dozens", "tá", "دزينة"),
    ("CEN", 0, "100", "hundreds", "trăm", "مئة"),
    ("MIL", 0, "1000", "thousands", "nghìn", "ألف"),
    ("KGM", 3, "kg", "kilograms", "kilôgam", "كيلوغرام"),
    ("GRM", 1, "g", "grams", "gam", "غرام"),
    ("TNE", 3, "t", "tonnes", "tấn", "طن"),
    ("MTR", 2, "m", "metres", "mét", "متر"),
    ("CMT", 1, "cm", "centimetres", "xentimét", "سنتيمتر"),
    ("MMT", 0, "mm", "millimetres", "milimét", "مليمتر"),
    ("MTK", 2, "m²", "square metres", "mét vuông", "متر مربع"),
    ("MTQ", 3, "m³", "cubic metres", "mét khối", "متر مكعب"),
    ("LTR", 2, "l", "litres", "lít", "لتر"),
    ("MLT", 0, "ml", "millilitres", "mililít", "مليلتر"),
    ("HUR", 2, "h", "hours", "giờ", "ساعة"),
    ("DAY", 1, "d", "days", "ngày", "يوم"),
)


def _key() -> UUID:
    return UUID(primary_key=True, default=None)


def _id(*, null: bool = False) -> UUID:
    return UUID(null=null, default=None)


def _text(default: str | None = None, *, unique: bool = False, null: bool = False) -> Text:
    return Text(default=default, null=null, unique=unique)


def _moment(*, null: bool = False) -> Timestamptz:
    return Timestamptz(null=null, default=None)


def _object() -> JSONB:
    return JSONB(null=False, default="{}")


def _tables() -> dict[tuple[str, str], dict[str, Column]]:
    return {
        ("Unit", "units"): {
            "code": Text(primary_key=True, default=None),
            "decimals": SmallInt(null=False, default=0),
            "symbol": _text(""),
            "names": _object(),
            "position": SmallInt(null=False, default=0),
        },
        ("Category", "categories"): {
            "id": _key(),
            "parent_id": _id(null=True),
            "slug": _text(unique=True),
            "names": _object(),
            "position": Integer(null=False, default=0),
            "hs_prefix": _text(null=True),
            "typical_weight_grams": BigInt(null=True, default=None),
        },
        ("CategoryDescendant", "category_descendants"): {
            "ancestor_id": _id(),
            "category_id": _key(),
            "depth": SmallInt(null=False, default=0),
        },
        ("CategoryAttribute", "category_attributes"): {
            "category_id": _key(),
            "key": _text(),
            "kind": _text(),
            "unit": _text(""),
            "labels": _object(),
            "is_required": Boolean(null=False, default=False),
            "telling_rank": SmallInt(null=True, default=None),
            "position": SmallInt(null=False, default=0),
        },
        ("Product", "products"): {
            "id": _key(),
            "source": _text(),
            "source_id": _text(),
            "slug": _text(unique=True),
            "brand": _text(""),
            "part_number": _text(""),
            "gtin": _text(null=True),
            "category_id": _id(null=True),
            "state": _text("published"),
            "unit_code": _text("C62"),
            "locale": _text("en"),
            "title": _text(),
            "description": _text(""),
            "attributes": _object(),
            "weight_grams": BigInt(null=True, default=None),
            "volume_cm3": BigInt(null=True, default=None),
            "content_hash": _text(),
            "created_at": _moment(),
            "updated_at": _moment(),
        },
        ("ProductText", "product_texts"): {"product_id": _key(), "locale": _text(), "title": _text(), "description": _text("")},
        ("ProductIdentifier", "product_identifiers"): {"product_id": _key(), "scheme": _text(), "value": _text()},
        ("ImportRun", "import_runs"): {
            "id": _key(),
            "source": _text(),
            "file_name": _text(),
            "file_sha256": _text(),
            "state": _text("running"),
            "position": BigInt(null=False, default=0),
            "created_count": Integer(null=False, default=0),
            "updated_count": Integer(null=False, default=0),
            "unchanged_count": Integer(null=False, default=0),
            "failed_count": Integer(null=False, default=0),
            "warning_count": Integer(null=False, default=0),
            "started_at": _moment(),
            "finished_at": _moment(null=True),
        },
        ("ImportIssue", "import_errors"): {
            "id": _key(),
            "run_id": _id(),
            "line": BigInt(null=False, default=None),
            "source_id": _text(""),
            "code": _text(),
            "message": _text(""),
            "params": _object(),
            "is_warning": Boolean(null=False, default=False),
        },
    }


def _seeds() -> str:
    rows = (
        f"('{code}', {decimals}, '{symbol}', '{json.dumps(dict(zip(('en', 'vi', 'ar'), names, strict=True)), ensure_ascii=False)}', {position})"
        for position, (code, decimals, symbol, *names) in enumerate(UNITS)
    )
    return f"INSERT INTO catalogue.units (code, decimals, symbol, names, position) VALUES {', '.join(rows)}"


async def forwards() -> Migration:
    """Make the tables, then their keys, checks, indexes and grants, then the units."""
    manager = Migration(migration_id=ID, app_name="catalogue", description=DESCRIPTION)
    manager.tables(_tables())
    manager.after(SQL, _seeds())
    return manager
