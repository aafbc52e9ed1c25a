"""What the house has found, as documents: blocks of data that become HTML, PDF, JSON and spreadsheets."""
