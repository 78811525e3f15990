"""Checks of units and marks for what they find: spot checks, points, appeals, tables."""
