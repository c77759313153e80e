//! rustreamer
