"""The shared kernel: tables that are the domain model, their states, events and time."""
