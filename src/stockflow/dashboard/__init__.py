"""What is seen at a glance over all features: the dashboard, and the search for anything."""
