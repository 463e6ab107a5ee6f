"""The published ranking: its formula with a live example, its versions, what a change would do, and an organisation's own weights."""
