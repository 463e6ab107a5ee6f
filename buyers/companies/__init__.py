"""A buying company's own settings, such as whether its orders need a purchase order number."""
