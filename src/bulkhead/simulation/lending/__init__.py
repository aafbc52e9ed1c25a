"""A small lending platform: people, loans, everyday life, and three crimes."""
