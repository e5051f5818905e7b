"""What may be said about groups: which cohorts are released, over whom, and what is withheld so that nobody shows."""
