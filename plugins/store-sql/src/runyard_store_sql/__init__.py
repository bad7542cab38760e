"""Tracking and model registry on SQLite, PostgreSQL and MariaDB or MySQL."""
