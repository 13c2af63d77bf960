"""Many small files in few large ones: a folder of files as one Arrow file, read by name in any order."""
