"""The instruments of all rooms above: compiled loops, sliding windows, the expression language."""
