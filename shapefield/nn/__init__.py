"""Parts of networks that shapes, radiance fields, families and pictures share: encodings, lookups and their loops."""
