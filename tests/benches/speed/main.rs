//! The figures that the product promises, measured on an optimised build: `cargo xtask bench speed`.
//!
//! What is compared is measured in one run, taking turns, so that a busy host slows both sides alike.
//! `LINECHECK_BENCH_ONLY` picks the parts whose name holds it.

mod cost;
mod held;
mod page;
mod rest;
mod stream;
mod weight;

use tests::table::{self, Table};

#[tokio::main]
async fn main() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let only = std::env::var("LINECHECK_BENCH_ONLY").unwrap_or_default();
    let wants = |name: &str| name.contains(only.as_str());
    let mut table = Table::default();
    if wants("cost") {
        cost::measure(&mut table).await;
    }
    if wants("redirect") {
        page::redirect_blocked(&mut table).await;
    }
    if wants("paint") {
        page::first_step(&mut table).await;
    }
    if wants("stream") {
        stream::measure(&mut table).await;
    }
    if wants("weight") {
        weight::measure(&mut table).await;
    }
    if wants("rest") {
        rest::measure(&mut table).await;
    }
    if wants("held") {
        held::measure(&mut table).await;
    }
    if wants("large") {
        page::fifty_thousand(&mut table).await;
    }
    println!("{table}");
}
