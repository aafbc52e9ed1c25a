"""Case studies in the console: which there are, the runs that are kept, and how they are shown."""
