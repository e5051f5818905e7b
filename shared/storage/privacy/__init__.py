"""The rights of people over their data: the data inventory, access, erasure, retention."""
