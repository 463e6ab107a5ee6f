"""Owns the vendors' entry for Piccolo: its tables by hand and its place on the stair."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from vendors.accounts.tables import Supplier, SupplierCheck
from vendors.certificates.tables import Certificate
from vendors.disputes.tables import MatchDispute
from vendors.imports.tables import ImportMapping, ImportRow, ImportRun
from vendors.life.tables import SupplierAct
from vendors.offers.tables import Offer, OfferKey, PriceVersion
from vendors.prices.tables import PriceWithdrawal
from vendors.sites.tables import Site, SiteException
from vendors.stock.tables import StockAlert, StockLevel, StockMovement, StockReservation, StockWatch
from vendors.visibility.tables import VisibilityGrant, VisibilityRule

APP_CONFIG = AppConfig(
    app_name="vendors",
    migrations_folder_path=str(Path(__file__).parent / "piccolo_migrations"),
    table_classes=[
        Supplier,
        SupplierCheck,
        SupplierAct,
        Certificate,
        Site,
        SiteException,
        Offer,
        OfferKey,
        PriceVersion,
        PriceWithdrawal,
        StockLevel,
        StockMovement,
        StockReservation,
        StockWatch,
        StockAlert,
        VisibilityRule,
        VisibilityGrant,
        MatchDispute,
        ImportMapping,
        ImportRun,
        ImportRow,
    ],
    migration_dependencies=["marketplace.catalogue.piccolo_app"],
    commands=[],
)
