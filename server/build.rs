//! Rebuilds the portal when the page that it carries was built anew.

use std::path::Path;

fn main() {
    let dist = "../frontend/dist";
    // A folder that is not there cannot be watched; the one around it changes when it comes.
    let watched = if Path::new(dist).exists() {
        dist
    } else {
        "../frontend"
    };
    println!("cargo::rerun-if-changed={watched}");
}
