"""Turns chat and mail events into interactions; text, where a source still sends it, ends here."""
