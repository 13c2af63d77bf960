"""Key points and body-part maps of people."""
