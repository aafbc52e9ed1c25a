"""Reports of what the house has done: results turned into documents, and documents into files."""
