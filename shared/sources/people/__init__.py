"""Directories of people: who works here, who reports to whom, and who owns which account."""
