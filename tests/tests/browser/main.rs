//! The product in a real browser, as a person uses it.

mod harness;
