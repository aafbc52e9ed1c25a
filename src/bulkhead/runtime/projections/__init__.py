"""What people query: rows that follow from the journal and can be rebuilt."""
