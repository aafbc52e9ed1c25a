"""The engine driven through bad days in one process and one thread: what a seed did once, it does again."""
