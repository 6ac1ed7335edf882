"""The two lines of worldmap: orchestration only; no maths, no SQL, no printing."""
