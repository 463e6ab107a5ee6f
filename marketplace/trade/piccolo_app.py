"""Owns the list of trade's tables and of the packages whose migrations come first."""

from __future__ import annotations

from pathlib import Path

from piccolo.conf.apps import AppConfig

from marketplace.trade.alerts.tables import SavedSearch, SearchAlert, SearchSeen, SearchTouched
from marketplace.trade.carts.tables import Cart, CartLine
from marketplace.trade.facets.tables import FacetProduct, FacetSeller, Suggestion, SuggestionAsker
from marketplace.trade.grid.tables import GridSave
from marketplace.trade.orders.tables import Order, OrderGroup, OrderGroupTotal, OrderLine, Promise
from marketplace.trade.payments.tables import Payment, PaymentShare
from marketplace.trade.saved.tables import ComparisonSnapshot, SavedComparison
from marketplace.trade.search.tables import SearchDocument, SearchMiss, SearchWord, Synonym
from marketplace.trade.shipments.tables import Shipment, ShipmentLine
from marketplace.trade.wanted.tables import Wanted
from marketplace.trade.weights.tables import OwnWeights, RankingVersion

APP_CONFIG = AppConfig(
    app_name="trade",
    migrations_folder_path=str(Path(__file__).parent / "piccolo_migrations"),
    table_classes=[
        Cart,
        CartLine,
        OrderGroup,
        OrderGroupTotal,
        Order,
        OrderLine,
        Promise,
        Shipment,
        ShipmentLine,
        Payment,
        PaymentShare,
        SearchDocument,
        SearchMiss,
        SearchWord,
        Synonym,
        FacetProduct,
        FacetSeller,
        Suggestion,
        SuggestionAsker,
        RankingVersion,
        GridSave,
        OwnWeights,
        SavedComparison,
        ComparisonSnapshot,
        SavedSearch,
        SearchSeen,
        SearchAlert,
        SearchTouched,
        Wanted,
    ],
    migration_dependencies=[
        "marketplace.kernel.piccolo_app",
        "marketplace.catalogue.piccolo_app",
        "vendors.piccolo_app",
        "buyers.piccolo_app",
        "trust.piccolo_app",
    ],
)
