"""The description of the API for programs and people (OpenAPI 3.1)."""
