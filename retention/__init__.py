"""What keeps customers: subscription plans, reorder timing, nudges, surveys and key figures. Nothing of it stands yet."""
