"""What is stored for an institution, and who may write it."""
