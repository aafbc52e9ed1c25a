"""Indicators of risk: what is measured from the facts, day by day, and when it turns."""
