"""The socket between the browser and the runs: frames out, questions in and answered."""
