"""Alembic's scripts; `runyard_store_sql.versions` runs them."""
