"""The HTTP port of a process: how many connections it holds open, and how long it waits for each."""
