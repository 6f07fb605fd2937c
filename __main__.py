"""`python -m hugginggpt`."""

from hugginggpt.app.cli import main

if __name__ == "__main__":
    main()
