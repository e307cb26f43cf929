"""The radiance fields: `grid` (default), `classic`, `neus`, `volsdf`."""
