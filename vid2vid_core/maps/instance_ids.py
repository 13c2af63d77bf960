"""What the numbers of an instance image mean."""

FIRST_OBJECT = 1000
"""Instance images hold the label id (0..255) where there is no object, and numbers from here on for objects."""
LAST_OBJECT = 65535
