"""Owns what suppliers say when their offer stands on the wrong product, and the operator's answer."""
