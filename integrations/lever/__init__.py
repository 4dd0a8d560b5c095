"""The only place that knows Lever: pure code, without rows, tasks or requests of the portal."""
