"""One text to what is kept of it: own words, language, features, markers. Pure; nothing here remembers a text."""
