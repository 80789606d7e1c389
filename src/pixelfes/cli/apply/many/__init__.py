"""Many photos: in processes of this machine, on a cluster, and as they appear in a folder."""
