"""What the portal does with its rows; the edges (views, tasks, admin, commands) call in here and decide nothing."""
