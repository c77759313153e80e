//! memsink
