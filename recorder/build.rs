//! How the binary is linked.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // A hook is a process that lives for a few milliseconds. Moving a position-independent
    // executable to its place, pointer by pointer, is up to a fifth of that (docs/decisions.md).
    let target = |key: &str| std::env::var(format!("CARGO_CFG_TARGET_{key}")).unwrap_or_default();
    if target("OS") == "linux" && target("ENV") == "gnu" {
        println!("cargo:rustc-link-arg-bins=-no-pie");
    }
}
