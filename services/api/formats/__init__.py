"""How values are written in requests and answers: weeks, subjects, signals, people and pages."""
