"""The kernels: two ways to run one program, which agree bit for bit."""
