//! The product in a real browser, as a person uses it.

mod access;
mod agents;
mod harness;
mod hostile;
mod interrupted;
mod login;
mod practice;
mod share;
mod steps;
mod story;
