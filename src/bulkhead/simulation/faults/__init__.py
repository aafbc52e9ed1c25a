"""Bad days by seed: what goes wrong, letters that get lost, callers who keep what they were told, and who judges."""
