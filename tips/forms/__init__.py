"""Forms of tips: for residents and for officers."""
