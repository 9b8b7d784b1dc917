"""Physics that several kinds share, used by composition: reservoirs, generation, thermal zones."""
