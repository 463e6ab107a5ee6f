"""Owns different products side by side: what each says under every attribute, in one unit a row."""
