"""A Lever and an Appcast that run on a laptop; see README.md. Imports nothing of the portal."""
