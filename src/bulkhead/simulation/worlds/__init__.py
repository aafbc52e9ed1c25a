"""Worlds that can be simulated: one module each, with a constant ``WORLD``."""
