"""How the fitted tables are made from the data: ``python -m bulkhead.simulation.fitting DATA OUT``."""
