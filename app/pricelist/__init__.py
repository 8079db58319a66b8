"""The authoritative price list: products, their current price with its version, and every price they ever had."""
