"""Labels that tests of the reports pick."""

TERNARY = ["NMC111", "NMC532", "NMC622", "NMC811", "NCA", "NMCA"]
