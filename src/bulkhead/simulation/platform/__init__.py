"""The world ``platform``: an internet-finance institution, made day by day in columns."""
