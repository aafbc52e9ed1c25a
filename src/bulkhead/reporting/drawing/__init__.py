"""Charts drawn as SVG from their data: one drawing for both themes of a page and for paper."""
