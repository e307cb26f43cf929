"""The command line: parse → settings → print events. A thin consumer of the public API."""
