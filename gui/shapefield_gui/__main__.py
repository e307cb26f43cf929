"""`python -m shapefield_gui`."""

import sys

if __name__ == "__main__":
    from shapefield_gui.app import main

    sys.exit(main())
