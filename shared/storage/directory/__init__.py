"""People, their accounts, reporting lines, delegations, exclusions, and the register of who is who."""
