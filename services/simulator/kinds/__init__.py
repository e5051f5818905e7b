"""Made-up companies of many kinds, healthy and troubled, and the truth about each: what alerts are judged by."""
