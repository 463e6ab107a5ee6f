"""Owns reading tables that people send: CSV, workbooks and JSON lines become rows, whoever's they are; nothing of them is kept here."""
