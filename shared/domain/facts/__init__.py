"""What happened between people, as counts: histories, asks, one-to-ones, skip contact, tickets."""
