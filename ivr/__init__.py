"""Asterisk at the edge: owns a call from first ring to hang-up."""
