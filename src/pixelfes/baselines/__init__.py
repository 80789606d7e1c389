"""Neural networks to compare with: StarGAN, GANimation and US-GAN, built from their papers in PyTorch (extra ``gan``).

Without PyTorch only `settings`, `action_units` and `training_faces` can be imported.
"""
