"""All input and output, and the wiring: database, engine loop, keys, projections, verification."""
