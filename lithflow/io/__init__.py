"""Files: netCDF, CSV, output folders."""
