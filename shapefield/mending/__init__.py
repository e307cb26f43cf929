"""A mesh mended without training: its own faces kept, or its surface taken anew from the exact signed distance."""
