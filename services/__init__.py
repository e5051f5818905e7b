"""The services of Bellwether, one package each. Services never import each other."""
