"""Who reports to whom, who works with whom, on which goals and in which hours."""
