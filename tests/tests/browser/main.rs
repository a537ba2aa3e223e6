//! The product in a real browser, as a person uses it.

mod access;
mod harness;
mod hostile;
mod interrupted;
mod practice;
mod steps;
mod story;
