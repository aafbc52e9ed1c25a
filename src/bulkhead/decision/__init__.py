"""Allow, hold or decline: rules as data, evaluated over whole batches and explained."""
