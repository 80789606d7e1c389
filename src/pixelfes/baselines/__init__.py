"""Networks to compare with: StarGAN, GANimation and US-GAN, built from their papers, in PyTorch (extra ``gan``).

Nothing outside this room imports it before it is used, and only what is named here can be imported without PyTorch:
this file, `settings`, `action_units` and `faces`.
"""
