"""Owns the catalogue's entry for Piccolo: its tables by hand and its place on the stair."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from marketplace.catalogue.approval.tables import ApprovalRule
from marketplace.catalogue.attributes.tables import SchemaVersion
from marketplace.catalogue.imports.tables import ImportIssue, ImportMapping, ImportRun
from marketplace.catalogue.matches.tables import MatchCandidate, MatchKey
from marketplace.catalogue.merges.tables import Merge
from marketplace.catalogue.numbers.tables import NumberFlag
from marketplace.catalogue.products.tables import Product, ProductIdentifier, ProductText
from marketplace.catalogue.proposals.tables import ProductChange, Proposal, ProposalMessage
from marketplace.catalogue.sorting.tables import ProductSorting, SortingCorrection, SortingRule, SortingRun
from marketplace.catalogue.taxonomy.tables import Category, CategoryAttribute, CategoryDescendant
from marketplace.catalogue.types.tables import ProductType, TypeFollower
from marketplace.catalogue.units.tables import Unit

APP_CONFIG = AppConfig(
    app_name="catalogue",
    migrations_folder_path=str(Path(__file__).parent / "piccolo_migrations"),
    table_classes=[
        Unit,
        Category,
        CategoryDescendant,
        CategoryAttribute,
        SchemaVersion,
        Product,
        ProductText,
        ProductIdentifier,
        ProductType,
        TypeFollower,
        NumberFlag,
        MatchKey,
        MatchCandidate,
        Merge,
        ImportRun,
        ImportIssue,
        ApprovalRule,
        Proposal,
        ProposalMessage,
        ProductChange,
        ImportMapping,
        SortingRule,
        ProductSorting,
        SortingCorrection,
        SortingRun,
    ],
    migration_dependencies=["marketplace.kernel.piccolo_app"],
    commands=[],
)
