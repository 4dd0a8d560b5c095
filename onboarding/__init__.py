"""The guided set-up: steps and their evidence, the checklist's screens, rehearsal, problems, the desk's pages."""
