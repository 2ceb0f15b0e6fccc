//! The evidence format.
#![no_std]
