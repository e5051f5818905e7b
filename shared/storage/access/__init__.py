"""Who may read what: API keys, cases, row policies, database roles and the audit of reads."""
