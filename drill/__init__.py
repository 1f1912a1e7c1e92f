"""The fault drill: load, faults, and a checker that proves that nothing was lost."""
