"""One module an indicator, each with a constant ``INDICATOR``."""
