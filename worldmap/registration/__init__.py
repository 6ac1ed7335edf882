"""Photos that show the same things: features, pairs, and where all photos of an area stood."""
