"""Sessions: signing in, the second factor, throttling, choosing an organisation, signing out."""
