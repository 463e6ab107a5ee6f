"""People: who signs in, by which e-mail address, password and second factor."""
