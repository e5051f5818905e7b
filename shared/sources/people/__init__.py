"""Directories of people: who there is, who reports to whom, which accounts are whose."""
