"""Conda environments for models and projects, made by micromamba, mamba or conda."""
