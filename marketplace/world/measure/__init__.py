"""The benchmark: the product against a bare server on the same database, in one run, as ratios."""
