"""What ``make bench`` measures: speed and memory, beside plain use of the same things."""
