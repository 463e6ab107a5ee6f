"""The doctor: looks whether the database is set up as it must be and whether every invariant of every package holds."""
