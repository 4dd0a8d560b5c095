"""What the desk tells of all tenants together: counted by the database, whatever their number."""
