"""The journal as people read it: its events in words, and what verification finds."""
