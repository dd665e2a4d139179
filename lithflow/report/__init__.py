"""Tables, pages and texts for people."""
