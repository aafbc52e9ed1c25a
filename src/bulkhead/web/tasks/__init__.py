"""Long work done beside the pages: what jobs there are, how they are queued, and the process that does them."""
