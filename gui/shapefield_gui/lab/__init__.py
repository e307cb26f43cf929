"""The Lab tab: the experiments and one's own pictures, live, with sliders and ghosts of the curves before."""
