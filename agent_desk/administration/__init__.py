"""What administrators change. Every change is recorded with before and after."""
