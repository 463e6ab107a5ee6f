"""Owns services around a trade: now logistics (freight and duty); tax, finance, invoicing and identity checks join it later."""
