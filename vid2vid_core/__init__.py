"""Video-to-video synthesis: from control maps to photorealistic video. Importing this package imports nothing heavy."""

__version__ = "0.1.0"
