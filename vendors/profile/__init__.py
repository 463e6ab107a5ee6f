"""Owns what suppliers keep of themselves and what the operator keeps of them: words, contact and terms here, legal facts and checks there."""
