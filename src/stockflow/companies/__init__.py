"""Companies (the tenants), their members, roles, API keys and audit log."""
