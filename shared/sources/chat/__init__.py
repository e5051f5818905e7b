"""Chat: messages, replies and reactions."""
