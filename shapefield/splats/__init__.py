"""Gaussian splats: other programs' files read, seen from any camera, and made a closed mesh.

A splat is a Gaussian in space with an opacity and a colour that depends on where it is seen from (Kerbl et al. 2023,
"3D Gaussian Splatting for Real-Time Radiance Field Rendering"; the projection is Zwicker et al. 2001, "EWA Splatting").
"""
