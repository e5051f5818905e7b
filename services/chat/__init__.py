"""Turns chat and mail events into interactions."""
