"""Room: simulation. Seeded worlds whose truth is known, so that the house can be shown, tested and measured."""
