"""Drawing of control maps from key points, and the files key points are kept in. NumPy and OpenCV only."""
