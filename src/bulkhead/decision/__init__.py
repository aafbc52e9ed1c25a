"""Rules over movements and their window features: allow, hold or decline, with the reason."""
