"""Networks only: no files, no datasets."""
