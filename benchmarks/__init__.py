"""Parts of the portal alone, measured in a process of their own; `dev.bench` starts them and compares."""
