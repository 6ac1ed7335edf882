"""What several tests use: makers of photos, scenes and maps, and programs of others."""
