"""What every feature stands on: settings, database, scope, errors, doors. It knows no feature."""
