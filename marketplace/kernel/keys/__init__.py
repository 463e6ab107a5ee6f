"""API keys of an organisation: scopes, expiry, address lists, rotation."""
