"""Reports of a build pipeline: read within bounds, known by their content, numbers recomputed from raw counts."""
