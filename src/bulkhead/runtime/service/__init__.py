"""The running engine and how commands reach it."""
