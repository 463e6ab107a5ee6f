"""Owns who sees a supplier's offers: a level per supplier and category, the allow-list, and what each kind of viewer sees."""
