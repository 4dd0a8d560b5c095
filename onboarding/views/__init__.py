"""The screens: each resolves its tenant, binds a form, calls one service and answers."""
