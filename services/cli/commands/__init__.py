"""The commands of `bellwether`. They import what they need when they are called, so that the program starts quickly."""
