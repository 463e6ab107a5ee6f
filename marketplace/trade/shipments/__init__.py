"""Owns shipments: what of an order was handed over, by which carrier, and when it arrived."""
