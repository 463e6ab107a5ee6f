"""What every package stands on: money, identity, transactions, facts, the edge of HTTP. It knows no trade."""
