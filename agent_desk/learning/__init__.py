"""Learning from what people make of the machine's suggestions."""
