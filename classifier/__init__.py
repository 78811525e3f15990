"""Text in, a suggestion with reasons out."""
