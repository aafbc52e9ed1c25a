"""Room: intake. Sources turn bytes into movements; a row that cannot become one goes to quarantine."""
