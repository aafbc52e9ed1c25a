"""The book: whose money is where, and which movement of it is lawful."""
