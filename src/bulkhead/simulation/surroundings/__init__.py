"""What an institution's other systems write down: one module a group of streams, each with ``SURROUNDING``."""
