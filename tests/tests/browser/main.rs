//! The product in a real browser, as a person uses it.

mod access;
mod agents;
mod decode;
mod file;
mod harness;
mod hostile;
mod instance_link;
mod interrupted;
mod lasting;
mod later;
mod login;
mod parameters;
mod patterns;
mod pictures;
mod practice;
mod replicas;
mod share;
mod steps;
mod story;
