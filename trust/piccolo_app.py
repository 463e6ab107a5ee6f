"""Owns trust's entry for Piccolo: its tables by hand and its place on the stair."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from trust.record.tables import Contest, ContestDecision
from trust.score.tables import CategoryMean, Event, OrderOutcome, StaleSupplier, SupplierRate

APP_CONFIG = AppConfig(
    app_name="trust",
    migrations_folder_path=str(Path(__file__).parent / "piccolo_migrations"),
    table_classes=[OrderOutcome, SupplierRate, StaleSupplier, Event, CategoryMean, Contest, ContestDecision],
    migration_dependencies=["vendors.piccolo_app", "buyers.piccolo_app"],
    commands=[],
)
