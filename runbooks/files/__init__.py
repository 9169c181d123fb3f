"""Files, verified: both regions' lists compared without reading an object, and what was restored compared with what there was."""
