"""Parts of pages that are made once and used by all."""
