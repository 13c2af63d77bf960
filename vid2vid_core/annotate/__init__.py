"""Labels, instances and flow from frames."""
