"""Owns the buyers' entry for Piccolo: its tables by hand and its place on the stair."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from buyers.addresses.tables import Address
from buyers.companies.tables import Company
from buyers.units.tables import Unit

APP_CONFIG = AppConfig(
    app_name="buyers",
    migrations_folder_path=str(Path(__file__).parent / "piccolo_migrations"),
    table_classes=[Company, Unit, Address],
    migration_dependencies=["marketplace.catalogue.piccolo_app"],
    commands=[],
)
