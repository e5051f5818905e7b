"""A seeded synthetic company: people, goals, calendars, tickets and chats as canonical events, with named stories."""
