"""Audio bytes in, words out."""
