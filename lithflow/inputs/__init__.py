"""Parameter files to checked quantities."""
