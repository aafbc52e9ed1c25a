"""The stories of the case studies: one module a story with a constant ``CASE``; ``case_studies`` plays them."""
