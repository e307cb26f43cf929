"""Reports as HTML: one folder of templates, one way to fill them in, one look."""
