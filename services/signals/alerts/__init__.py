"""What became of alerts, and the messages about them."""
