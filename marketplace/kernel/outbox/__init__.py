"""Owns the delivery of facts: rows in the business transaction, handlers with their done mark in one transaction each."""
