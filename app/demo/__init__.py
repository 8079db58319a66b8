"""A shop to try Baton on: invented products, a year of prices, proposals in every status. For demo mode only."""
