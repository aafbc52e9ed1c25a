"""Room: intake. Sources turn bytes into movements; rows that cannot become one go to quarantine with the reason."""
