"""The board: pictures and controls of a study, in a notebook, under Voila or served."""
