//! The commands of the README: `cargo xtask page`.

mod page;

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["page"] => page::build(true),
        ["page", "--dev"] => page::build(false),
        _ => anyhow::bail!("usage: cargo xtask page [--dev]"),
    }
}
