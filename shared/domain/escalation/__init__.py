"""The models of escalation: labels, hazards, their learning and their calibration."""
