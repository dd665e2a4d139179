"""Indicators and goals."""
