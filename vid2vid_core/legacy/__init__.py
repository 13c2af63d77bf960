"""What the published program left behind: its checkpoint files and command lines, translated."""
