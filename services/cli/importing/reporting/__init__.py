"""What an import tells when it ends: files, rows, leaders, and accounts of nobody."""
