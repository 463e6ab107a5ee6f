"""Named suppliers side by side on one product, with the reasons for the order they stand in."""
