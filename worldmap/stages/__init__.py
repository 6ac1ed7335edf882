"""The stages of commands over an opened map, each of which needs several rooms at once."""
