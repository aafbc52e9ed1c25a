"""The pages, a module each section; see ``sections.py``."""
