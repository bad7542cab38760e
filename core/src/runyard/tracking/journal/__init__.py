"""The journal: what a process logs, in its own append-only files until the store has it."""
