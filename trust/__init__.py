"""What is known of how suppliers keep their word, from the facts of orders alone."""
