"""Owns the look of the pages: layout, macros, style, and the little script they need. Data files only; `kernel.http.pages` reads them."""
