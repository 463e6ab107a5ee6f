"""The one door to identity for other packages and for the edge: organisations, people, sessions and keys behind one service."""
