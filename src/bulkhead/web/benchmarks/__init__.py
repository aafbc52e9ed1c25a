"""Measurements of the console, one module each, in the shape of those of ``runtime.benchmarks``."""
