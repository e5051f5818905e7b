"""The commands of `bellwether`: options in, one call, an answer on the screen."""
