"""What Alembic runs to upgrade one database; the connection, or the dialect for a dry run, is given by `versions`."""

from __future__ import annotations

from alembic import context

attributes = context.config.attributes
if context.is_offline_mode():
    context.configure(
        dialect_name=attributes["dialect"],
        version_table=attributes["version_table"],
        output_buffer=attributes["output"],
        literal_binds=True,
        transactional_ddl=True,
    )
else:
    context.configure(connection=attributes["connection"], version_table=attributes["version_table"])
with context.begin_transaction():
    context.run_migrations()
