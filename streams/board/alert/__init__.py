"""The parts of one alert's page: each draws a view and is drawn anew when that says something else."""
