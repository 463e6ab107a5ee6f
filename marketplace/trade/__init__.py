"""Owns trade: search and comparison of offers, landed cost, carts, checkout, orders, shipments and payments."""
