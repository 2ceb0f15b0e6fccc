//! How the binary is linked: a hook is a process that lives for a few milliseconds, and an agent
//! waits for it.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=build.rs");
    let target = |key: &str| env::var(format!("CARGO_CFG_TARGET_{key}")).unwrap_or_default();
    if target("OS") != "linux" || target("ENV") != "gnu" {
        return Ok(());
    }
    // A position-independent executable is moved to its place pointer by pointer in every process
    // (docs/decisions.md).
    println!("cargo:rustc-link-arg-bins=-no-pie");
    // So is a shared library: the unwinder is linked statically. rustc asks for it by the name of
    // the shared one, so a linker script of that name leads to the archive.
    let folder = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(folder.join("libgcc_s.so"), "GROUP ( -lgcc_eh -lgcc )\n")?;
    println!("cargo:rustc-link-search=native={}", folder.display());
    Ok(())
}
