"""What followed alerts, and the messages about them."""
