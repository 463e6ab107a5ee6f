"""Owns orders: groups, orders of one supplier each, their lines, promises and states."""
