"""Owns the entry of services for Piccolo: its tables by hand and its place on the stair."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from services_addons.duty.tables import CustomsUnion, DutyRate
from services_addons.logistics.tables import FreightPacking, FreightRate, FreightSurcharge, FreightTable, FreightZone, FreightZoneArea

APP_CONFIG = AppConfig(
    app_name="services",
    migrations_folder_path=str(Path(__file__).parent / "piccolo_migrations"),
    table_classes=[FreightTable, FreightZone, FreightZoneArea, FreightRate, FreightSurcharge, FreightPacking, DutyRate, CustomsUnion],
    migration_dependencies=["vendors.piccolo_app"],
    commands=[],
)
