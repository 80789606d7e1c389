"""The answers of a study: the database, what may be written to it, and simulated participants."""
