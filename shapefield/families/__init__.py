"""One network for many shapes: a decoder, and a latent code for every member of the family."""
