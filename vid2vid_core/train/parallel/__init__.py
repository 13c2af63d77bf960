"""Training in several processes at once: who they are, what they exchange, how they are started."""
