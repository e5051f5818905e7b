"""Turns chat and mail events into interactions. A text that a source still sends is not passed on."""
