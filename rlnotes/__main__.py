"""`python -m rlnotes`: the same as `python -m rlnotes.run`."""

from rlnotes.run import main

if __name__ == "__main__":
    main()
