"""What every area stands on: workspaces, users, the event log, jobs, files, search, errors."""
