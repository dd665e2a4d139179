"""Many members: drawn, run in blocks, and what they have in common."""
