"""One module an incident kind, each with a constant ``INCIDENT``."""
