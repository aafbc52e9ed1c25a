"""Bulkhead (隔舱): risk monitoring and prevention for money that is held for others."""

__version__ = "0.1.0"
