"""Python environments for models, made by uv or by venv and pip."""
