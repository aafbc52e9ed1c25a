"""What a detector made of a world, held against what really happened in it."""
