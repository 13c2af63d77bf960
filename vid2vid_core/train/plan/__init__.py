"""What a training will take, said before it begins: steps, memory, time and disk."""
