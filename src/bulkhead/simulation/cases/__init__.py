"""The case studies: one module a case with a constant ``CASE``."""
