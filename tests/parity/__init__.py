"""One module per family of golden fixtures; `tests/golden.py` runs them."""
