"""From counts to a value: weighing, shrinkage, direction, and the reading that carries its reasons."""
