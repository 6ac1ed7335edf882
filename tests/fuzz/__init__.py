"""Damaged files into every reader."""
