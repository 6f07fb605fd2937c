"""Tiny random models, made in code and saved as real ones are: they prove that the parts fit."""
