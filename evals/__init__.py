"""Right answers: what plans ought to be, and how close the brain comes."""
