"""Owns the units of measure of UN/ECE Recommendation 20 and the conversion between what people write and integer steps."""
