"""Owns the timers of the worker: when each ran, who holds it now, and what went wrong."""
