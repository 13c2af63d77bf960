"""What jobs of the workflow need besides their stage: a place in a folder, a group of videos, a GPU, another turn."""
