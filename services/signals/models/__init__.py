"""Learning an escalation model from what happened in this organisation."""
