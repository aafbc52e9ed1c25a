"""One decision as the console and the API show it."""
