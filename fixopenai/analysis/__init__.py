"""From source files to facts: which values are SDK clients, where they are used, and in which context."""
