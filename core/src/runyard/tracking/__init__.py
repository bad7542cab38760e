"""The tracking API: clients, the active run, the journal."""
