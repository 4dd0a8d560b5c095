"""Development only: the local stack of `make demo`, `make smoke` and the tests. The portal never imports it."""
