"""Names for the arrays that describe a network."""

import numpy as np
from numpy.typing import NDArray

# n + 1 ends of rows; numbers of n nodes or of 2m neighbors; figures of n nodes or of 2m neighbors.
Offsets = NDArray[np.int64]
Labels = NDArray[np.int32]
Scores = NDArray[np.float64]
# Neighbors as kernels take them: numba need not ask whether an unsigned index is negative.
Links = NDArray[np.uint32]
