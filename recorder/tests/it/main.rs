//! One binary for all integration tests of the recorder.

mod capture;
