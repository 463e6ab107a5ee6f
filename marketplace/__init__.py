"""The ground floor, the middle and the roof of the marketplace; it imports nothing itself."""
