"""In-memory references: what the contracts are proved with, and fast doubles for tests of other code."""
