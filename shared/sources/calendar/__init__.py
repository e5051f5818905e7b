"""Calendars: meetings, who organises them and who attends."""
