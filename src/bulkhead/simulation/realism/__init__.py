"""How real the simulated world is: distributions beside their source, and a classifier that tells them apart."""
