"""The management API: beside each page an operation that says the same to programs, with the same permissions."""
