"""Owns the life of suppliers: open, paused, suspended, under notice, terminated, planned closures over any of these, and every act on them."""
