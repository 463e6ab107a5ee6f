"""What it costs and how long it takes to bring a consignment to its buyer: the same figures for comparison, cart and checkout."""
