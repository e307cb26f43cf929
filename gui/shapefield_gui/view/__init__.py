"""The 3D view: an ordinary widget that shows pictures from the render process and paints marks over them."""
