"""Owns the pages on which buyers and suppliers work on their orders; it stands above shipments and payments, which it shows."""
