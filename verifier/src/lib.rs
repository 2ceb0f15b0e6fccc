//! The decision library.
