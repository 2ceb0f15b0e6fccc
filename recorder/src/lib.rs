//! The recorder library.
