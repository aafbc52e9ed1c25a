"""The operations of the API, a module each section; see ``web/api/sections.py``."""
