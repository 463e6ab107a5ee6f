"""Owns the feed: files of offers, read, mapped to columns, checked row by row, and applied in chunks that can be taken up again."""
