"""The demo's tenants: brought by the portal's own services, against the sandbox, to the states that a desk knows."""
