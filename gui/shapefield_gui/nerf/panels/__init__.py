"""The tab's docks."""
