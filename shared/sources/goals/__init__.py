"""Goals: what is worked towards, and what each is a part of."""
