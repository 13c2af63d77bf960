"""The verbs of `vid2vid`: each module registers its parser with `add` and does the work when it is called."""
