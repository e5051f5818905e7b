"""Who asks, and what they may: credentials, principals, rates and the gate in front of every endpoint."""
