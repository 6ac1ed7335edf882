"""Features, matchers and retrieval that were learned: the torch door of registration."""
