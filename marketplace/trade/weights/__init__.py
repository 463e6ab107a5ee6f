"""How much each factor of a place weighs: the market's published versions, and what an organisation keeps for its own view."""
