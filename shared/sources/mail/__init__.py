"""Mail: who wrote to whom and when."""
