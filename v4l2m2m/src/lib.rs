//! v4l2m2m
