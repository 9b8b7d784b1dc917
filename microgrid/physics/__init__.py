"""Physics that several kinds of asset use: reservoirs, generation from weather, thermal zones, carbon."""
