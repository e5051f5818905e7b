"""The door for producers of the organisation: what they send passes the edge, and nothing else writes behind it."""
