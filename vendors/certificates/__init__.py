"""Owns suppliers' certificates: stated by the supplier, confirmed by the operator, shown to everybody until and after they expire."""
