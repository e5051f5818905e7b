"""The edge: where events come in, people get pseudonyms and text is dropped."""
