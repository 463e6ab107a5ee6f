"""Owns the places suppliers ship from: address, time zone, cut-off, working days and exceptions."""
