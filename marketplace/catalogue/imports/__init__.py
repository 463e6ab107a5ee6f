"""Owns the reading of product files: streaming, resumable, with a report."""
