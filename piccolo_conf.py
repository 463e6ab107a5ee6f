"""Owns what Piccolo's own commands read: the engine and the registry of the packages' tables."""

from marketplace.kernel.migrations import ENGINE, registry

DB = ENGINE
APP_REGISTRY = registry()
