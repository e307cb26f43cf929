"""From posed pictures to new views and a mesh: radiance fields that are useful without a GPU.

One camera convention inside: OpenGL, x right, y up, looking along -z. World units are the dataset's own.
"""
