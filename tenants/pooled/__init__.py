"""PostgreSQL behind a pool of sessions, such as PgBouncer in transaction mode: the engine that the settings name."""
