"""The classifier's model folder: trained at set-up, or at the first start that misses it."""
