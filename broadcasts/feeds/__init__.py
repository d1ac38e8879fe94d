"""Pages and feeds of other bodies: fetched without reaching inside, read without trusting them."""
