"""Owns exchange rates: appended, never changed, with provider, time and crosses through the euro."""
