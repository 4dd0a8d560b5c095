"""Signed HTTP in: webhooks of the ATS and applications of Appcast Apply, stored before they are answered."""
