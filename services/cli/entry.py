"""Where the installed `bellwether` script begins."""


def main() -> None:
    """Run the program.

    What it is made of is imported here: a process that scores runs the script again, up to its main function, and would
    import every command only to use none.
    """
    from services.cli.app import main as run

    run()
