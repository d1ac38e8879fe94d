"""Pages of tips: for residents (public, receipts) and for officers (staff, actions)."""
