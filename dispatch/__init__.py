"""Orders to units, and the lamps that tell how far each has got."""
