"""The command line: operates the system, brings data in and shows what came of it."""
