//! What the tests need from the host beside Rust: a browser and its driver, PostgreSQL, FreeTDS, axe-core,
//! and what makes networks of namespaces.
//!
//! Nothing of it is needed to build or run the product. axe-core is taken by npm, at one version whose archive
//! is known by its hash, into the target folder; it is never part of the tree.

use crate::tools;
use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::process::Command;

const AXE: &str = "axe-core@4.14.1";
const AXE_ARCHIVE: &str = "axe-core-4.14.1.tgz";
const AXE_SHA256: &str = "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745";

/// A program that tests use, and the Debian package that brings it.
struct Need {
    program: &'static str,
    package: &'static str,
    why: &'static str,
}

const NEEDS: [Need; 16] = [
    Need {
        program: "chromium",
        package: "chromium",
        why: "the browser that the page is tested in",
    },
    Need {
        program: "chromedriver",
        package: "chromium-driver",
        why: "drives the browser",
    },
    Need {
        program: POSTGRES,
        package: "postgresql",
        why: "the other database that the portal keeps its runs in",
    },
    Need {
        program: "tsql",
        package: "freetds-bin",
        why: "a client of SQL Server that nobody here wrote",
    },
    Need {
        program: "docker-compose",
        package: "docker-compose",
        why: "reads docker-compose.yml as those who use it do",
    },
    Need {
        program: "npm",
        package: "npm",
        why: "brings axe-core, which looks for barriers to access",
    },
    Need {
        program: "ip",
        package: "iproute2",
        why: "makes the networks in which hosts are cut off from each other",
    },
    Need {
        program: "nft",
        package: "nftables",
        why: "cuts links in those networks and counts their packets",
    },
    Need {
        program: "tshark",
        package: "tshark",
        why: "reads network traces as those who get them do",
    },
    Need {
        program: "faketime",
        package: "faketime",
        why: "gives one program a clock that is wrong",
    },
    Need {
        program: OPENSSL,
        package: "libssl-dev",
        why: "speaks TLS 1.0 and 1.1",
    },
    Need {
        program: GSSAPI,
        package: "libkrb5-dev",
        why: "speaks Kerberos",
    },
    Need {
        program: LIBCLANG,
        package: "libclang-dev",
        why: "reads what libkrb5-dev declares",
    },
    Need {
        program: "krb5kdc",
        package: "krb5-kdc",
        why: "gives out Kerberos tickets in a realm of the tests' own",
    },
    Need {
        program: "kadmin.local",
        package: "krb5-admin-server",
        why: "registers servers in that realm",
    },
    Need {
        program: "kinit",
        package: "krb5-user",
        why: "signs in to that realm",
    },
];

/// No program, but what is built with it.
const OPENSSL: &str = "/usr/include/openssl/ssl.h";
const GSSAPI: &str = "/usr/include/gssapi/gssapi_ext.h";
const LIBCLANG: &str = "libclang.so";
/// Where Debian puts LLVM, one folder a version.
const LLVM_FOLDER: &str = "/usr/lib";
const POSTGRES: &str = "initdb";
/// Where Debian puts PostgreSQL's programs, one folder a version, but not on the PATH.
const POSTGRES_FOLDER: &str = "/usr/lib/postgresql";
/// Debian's package makes a server and starts it, unless it is told not to; tests start their own.
const NO_SERVER: &str = "folder=/etc/postgresql-common/createcluster.d; mkdir -p $folder; \
     echo 'create_main_cluster = false' > $folder/linecheck.conf";
const AS_IT_WAS: &str = "rm /etc/postgresql-common/createcluster.d/linecheck.conf";

/// Installs what is missing.
pub(crate) fn install() -> Result<()> {
    let packages: Vec<_> = missing().map(|need| need.package).collect();
    if !packages.is_empty() {
        apt(&["update"])?;
        let mut arguments = vec!["install", "--yes", "--no-install-recommends"];
        arguments.extend(&packages);
        if packages.contains(&"postgresql") {
            tools::succeed(as_root("sh").args(["-c", NO_SERVER]))?;
            let installed = apt(&arguments);
            tools::succeed(as_root("sh").args(["-c", AS_IT_WAS]))?;
            installed?;
        } else {
            apt(&arguments)?;
        }
    }
    for need in missing() {
        eprintln!("{} is still missing: {}", need.program, need.why);
    }
    if axe().is_none() {
        fetch_axe()?;
    }
    Ok(())
}

/// Names what is missing, and the one command that installs it.
pub(crate) fn report() {
    let mut lines: Vec<_> = missing()
        .map(|need| format!("  {} ({})", need.program, need.why))
        .collect();
    if axe().is_none() {
        lines.push(format!("  {AXE} (looks for barriers to access)"));
    }
    if !lines.is_empty() {
        println!("missing, so some tests will be skipped:");
        println!("{}", lines.join("\n"));
        println!("to install all of it: cargo xtask test --install");
    }
}

/// axe-core's script, once it was fetched.
pub(crate) fn axe() -> Option<PathBuf> {
    Some(axe_folder().join("package/axe.min.js")).filter(|file| file.is_file())
}

fn axe_folder() -> PathBuf {
    tools::target_dir().join("tools/axe-core")
}

/// Whether the feature `legacy-tls` can be built here.
pub(crate) fn has_openssl() -> bool {
    Path::new(OPENSSL).is_file()
}

/// Whether the feature `integrated` can be built here.
pub(crate) fn has_kerberos() -> bool {
    Path::new(GSSAPI).is_file() && has_libclang()
}

fn has_libclang() -> bool {
    let versions = std::fs::read_dir(LLVM_FOLDER).into_iter().flatten();
    versions
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("llvm-"))
        .any(|entry| entry.path().join("lib").join(LIBCLANG).exists())
}

fn missing() -> impl Iterator<Item = &'static Need> {
    NEEDS.iter().filter(|need| !is_there(need.program))
}

fn is_there(program: &str) -> bool {
    let versions = std::fs::read_dir(POSTGRES_FOLDER).into_iter().flatten();
    let mut versions = versions.filter_map(Result::ok);
    program == OPENSSL && has_openssl()
        || program == GSSAPI && Path::new(GSSAPI).is_file()
        || program == LIBCLANG && has_libclang()
        || tools::find(program).is_some()
        || program == POSTGRES
            && versions.any(|version| version.path().join("bin").join(program).is_file())
}

/// Installs packages of Debian.
pub(crate) fn packages(packages: &[&str]) -> Result<()> {
    apt(&["update"])?;
    let mut arguments = vec!["install", "--yes", "--no-install-recommends"];
    arguments.extend(packages);
    apt(&arguments)
}

/// apt-get, as root or by sudo.
fn apt(arguments: &[&str]) -> Result<()> {
    ensure!(
        tools::find("apt-get").is_some(),
        "this host has no apt-get; install by hand: {}",
        missing()
            .map(|need| need.program)
            .collect::<Vec<_>>()
            .join(", ")
    );
    tools::succeed(
        as_root("apt-get")
            .env("DEBIAN_FRONTEND", "noninteractive")
            .args(["--quiet"])
            .args(arguments),
    )
}

/// A program as root, by sudo where we are not.
fn as_root(program: &str) -> Command {
    let is_root = Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout.trim_ascii() == b"0");
    if is_root {
        return Command::new(program);
    }
    let mut sudo = Command::new("sudo");
    sudo.args(["--preserve-env=DEBIAN_FRONTEND", program]);
    sudo
}

/// Fetches axe-core's archive, compares its hash and unpacks it.
fn fetch_axe() -> Result<()> {
    let folder = axe_folder();
    std::fs::create_dir_all(&folder)?;
    tools::succeed(
        Command::new("npm")
            .current_dir(&folder)
            .args(["pack", "--silent", AXE]),
    )?;
    let archive = folder.join(AXE_ARCHIVE);
    let bytes = std::fs::read(&archive)
        .with_context(|| format!("npm did not bring {}", archive.display()))?;
    let hash: String = Sha256::digest(&bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    ensure!(
        hash == AXE_SHA256,
        "{AXE_ARCHIVE} is not the archive that was pinned: its SHA-256 is {hash}"
    );
    tools::succeed(Command::new("tar").current_dir(&folder).args([
        "--extract",
        "--gzip",
        "--file",
        AXE_ARCHIVE,
    ]))
}
